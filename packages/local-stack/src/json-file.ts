import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What the file holds; `undefined` when it is missing or not JSON. Only for files that this package wrote. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Replaces the file as a whole, readable by its owner only. A reader sees the old text or the new one. */
export function writeJson(file: string, value: unknown): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
