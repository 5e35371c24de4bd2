import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Target } from '../load/http-connection.js';

export interface BareRoute {
  target: Target;
  path: string;
  origin: string;
  stop(): Promise<void>;
}

const START_MS_MAX = 20_000;

/** In a process of its own, as the API is: a server inside the generator would be measured together with it. */
export async function startBareRoute(): Promise<BareRoute> {
  const child = fork(fileURLToPath(new URL('./bare-route.js', import.meta.url)), { execArgv: [] });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exited;
  };
  const started = once(child, 'message', { signal: AbortSignal.timeout(START_MS_MAX) });
  const failed = exited.then(([code]) => {
    throw new Error(`The bare route ended with code ${code} before it listened.`);
  });
  try {
    const [port] = await Promise.race([started, failed]);
    const host = '127.0.0.1';
    return { target: { host, port }, path: '/v2/coupons/1/issues', origin: `http://${host}:${port}`, stop };
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    failed.catch(() => undefined);
  }
}
