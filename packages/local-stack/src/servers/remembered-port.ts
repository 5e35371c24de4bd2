import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { readJson, writeJson } from '../json-file.js';
import { freePort, isPortFree } from '../processes/free-port.js';

/** The port that this server had the last time where it is still free, else a new one, written down. */
export async function rememberedPort(file: string, name: string): Promise<number> {
  const ports = readJson<Record<string, number>>(file) ?? {};
  const last = ports[name];
  if (last !== undefined && (await isPortFree(last))) return last;
  const port = await freePort();
  mkdirSync(dirname(file), { recursive: true });
  writeJson(file, { ...ports, [name]: port });
  return port;
}
