import type { Logger } from 'pino';

const AGAIN_MS = 60_000;
const KINDS_MAX = 50;
/** Takes in all kinds beyond so many. */
const OTHER = 'other';

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
  private readonly again = new Map<string, number>();

  constructor(private readonly log: Logger) {}

  say(cause: unknown, request: FailedRequest): void {
    const kind = this.kindOf(cause, request.route);
    const times = this.again.get(kind);
    if (times !== undefined) {
      this.again.set(kind, times + 1);
      return;
    }
    this.again.set(kind, 0);
    this.log.error({ err: cause, ...request }, 'A request failed unexpectedly.');
    setTimeout(() => this.sumUp(kind), AGAIN_MS).unref();
  }

  private sumUp(kind: string): void {
    const times = this.again.get(kind)!;
    this.again.delete(kind);
    if (times > 0) this.log.error({ kind, times }, 'More requests failed unexpectedly within a minute.');
  }

  /** By where it was thrown and not by its message, which may name a user. */
  private kindOf(cause: unknown, route = 'none'): string {
    const thrownAt = cause instanceof Error ? /^\s+at .*$/m.exec(cause.stack ?? '')?.[0].trim() : undefined;
    const kind = `${route} ${cause instanceof Error ? cause.name : typeof cause} ${thrownAt ?? ''}`;
    return this.again.has(kind) || this.again.size < KINDS_MAX ? kind : OTHER;
  }
}
