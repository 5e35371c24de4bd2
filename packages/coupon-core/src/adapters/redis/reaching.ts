import { GateUnreachable } from '../../issuance/gate.js';

/** Refusals of a server that is starting, full, or not (or no longer) the primary: they pass. */
const PASSING =
  /^(LOADING|READONLY|MASTERDOWN|OOM|NOREPLICAS|TRYAGAIN|CLUSTERDOWN|BUSY|MISCONF|NOAUTH|MOVED|ASK)\b/;

const gateUnreachable = (options: ErrorOptions): Error =>
  new GateUnreachable('The gate did not answer.', options);

/** The server was not reached, or did not answer in time; what it refuses, for whatever reason, is an answer. */
export const isUnanswered = (cause: unknown): boolean =>
  (cause as Error).name !== 'ReplyError' && !isOurs(cause);

const isOurs = (cause: unknown): boolean => cause instanceof TypeError || cause instanceof RangeError;

/** Turns "did not answer" into one error; what the server says about a command itself stays what it is. */
export async function reaching<T>(call: () => Promise<T>, unreachable = gateUnreachable): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const { name, message } = cause as Error;
    if (name === 'ReplyError' && !PASSING.test(message)) throw cause;
    if (isOurs(cause)) throw cause;
    throw unreachable({ cause });
  }
}

/** The same for what comes in pages. */
export async function* reachingEach<T>(pages: AsyncGenerator<T>): AsyncGenerator<T> {
  for (;;) {
    const page = await reaching(() => pages.next());
    if (page.done) return;
    yield page.value;
  }
}
