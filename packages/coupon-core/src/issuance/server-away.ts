import type { Unavailable } from './claim-view.js';

/** A server was not reached, did not answer in time, or is left alone because of that. */
export abstract class ServerAway extends Error {
  /** For how long it is left alone, where somebody has decided that. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryAfterMs, ...options }: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is answered where the rows have to be asked and cannot be. */
export function rowsUnavailable(cause: unknown): Unavailable {
  const retryAfterMs = cause instanceof ServerAway ? cause.retryAfterMs : undefined;
  return { outcome: 'UNAVAILABLE', reason: 'DATABASE_UNREACHABLE', retryAfterMs };
}
