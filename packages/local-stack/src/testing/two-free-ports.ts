import { freePort, isPortFree } from '../processes/free-port.js';

/** A port that is free together with that of a second process of the same application. */
export async function twoFreePorts(): Promise<string> {
  for (;;) {
    const port = await freePort();
    if (await isPortFree(port + 10)) return String(port);
  }
}
