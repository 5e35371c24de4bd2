import { Repeats } from 'coupon-core';
import type { Logger } from 'pino';

const KINDS_MAX = 50;

/** Of a request: its route by the pattern, so that there are only so many. */
export interface FailedRequest {
  requestId?: string;
  /** What it was answered with. */
  outcome?: string;
  method?: string;
  route?: string | undefined;
  /** As the path has it. */
  couponId?: string | undefined;
  traceId?: string | undefined;
}

/**
 * Says what failed unexpectedly. A fault of the same kind within a minute is counted, and the count is said at its
 * end: a rush of failing requests leaves about a hundred lines a minute, whatever they are.
 */
export class FaultLog {
  private readonly repeats = new Repeats(1, KINDS_MAX);

  constructor(private readonly log: Logger) {}

  say(cause: unknown, request: FailedRequest): void {
    const sumUp = (kind: string, times: number) =>
      this.log.error({ kind, times }, 'More requests failed unexpectedly within a minute.');
    if (this.repeats.admits(kindOf(cause, request.route), sumUp))
      this.log.error({ err: cause, ...request }, 'A request failed unexpectedly.');
  }
}

/** By where it was thrown and not by its message, which may name a user. */
function kindOf(cause: unknown, route = 'none'): string {
  const thrownAt = cause instanceof Error ? /^\s+at .*$/m.exec(cause.stack ?? '')?.[0].trim() : undefined;
  return `${route} ${cause instanceof Error ? cause.name : typeof cause} ${thrownAt ?? ''}`;
}
