import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Target } from '../load/http-connection.js';

/** The programs that figures are compared with; each is the file of its name beside this one. */
export type BaselineName = 'bare-route' | 'bare-read' | 'one-script-per-request' | 'row-lock-per-request';

export interface Baseline {
  target: Target;
  origin: string;
  stop(): Promise<void>;
}

const START_MS_MAX = 20_000;

/** In a process of its own, as the API is: a server inside the generator would be measured together with it. */
export async function startBaseline(
  name: BaselineName,
  env: Readonly<Record<string, string>> = {},
): Promise<Baseline> {
  const program = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = fork(program, { execArgv: [], env: { ...process.env, ...env } });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exited;
  };
  const started = once(child, 'message', { signal: AbortSignal.timeout(START_MS_MAX) });
  const failed = exited.then(([code]) => {
    throw new Error(`The baseline ${name} ended with code ${code} before it listened.`);
  });
  try {
    const [port] = await Promise.race([started, failed]);
    const host = '127.0.0.1';
    return { target: { host, port }, origin: `http://${host}:${port}`, stop };
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    failed.catch(() => undefined);
  }
}

/** Any coupon: the bare route answers the same for all of them. */
export const BARE_ROUTE_PATH = '/v2/coupons/1/issues';
