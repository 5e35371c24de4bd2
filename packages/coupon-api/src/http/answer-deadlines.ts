import { problemAnswer } from './answer.js';
import type { Exchange } from './exchange.js';

const CHECK_INTERVAL_MS = 100;

/** A place in the line of those who wait; it has neighbours until it is left. */
export class Place {
  before: Place | null = null;
  after: Place | null = null;

  constructor(
    readonly exchange: Exchange | null,
    readonly since: number,
  ) {}
}

/**
 * Answers 503 for requests of a hot call that have waited too long. All wait equally long, so the oldest stand first,
 * and one timer for all of them costs a request no more than its place in a line. Who leaves takes every reference
 * along: in a map of the engine's, tables that were outgrown go on pointing at requests answered long ago, and the
 * collector of young objects carries a fifth of all that is allocated from one table to the next.
 */
export class AnswerDeadlines {
  /** Stands behind the youngest and, the line being a ring, before the oldest. */
  private readonly end = new Place(null, Number.POSITIVE_INFINITY);
  private readonly timer: NodeJS.Timeout;

  /** `onOverdue`: told of each that was answered by the deadline. */
  constructor(
    private readonly waitMsMax: number,
    private readonly onOverdue: (waitedMs: number) => void = () => undefined,
  ) {
    this.end.before = this.end.after = this.end;
    this.timer = setInterval(() => this.expire(performance.now()), CHECK_INTERVAL_MS).unref();
  }

  begin(exchange: Exchange): Place {
    const place = new Place(exchange, performance.now());
    const youngest = this.end.before!;
    place.before = youngest;
    place.after = this.end;
    youngest.after = this.end.before = place;
    return place;
  }

  /** How long it was held, milliseconds; null where the deadline has answered already. */
  leave(place: Place): number | null {
    const { before, after } = place;
    if (before === null || after === null) return null;
    before.after = after;
    after.before = before;
    place.before = place.after = null;
    return performance.now() - place.since;
  }

  expire(now: number): void {
    for (let oldest = this.end.after!; now - oldest.since >= this.waitMsMax; oldest = this.end.after!) {
      this.leave(oldest);
      const exchange = oldest.exchange!;
      exchange.send(problemAnswer('UNAVAILABLE', exchange.requestId));
      this.onOverdue(now - oldest.since);
    }
  }

  close(): void {
    clearInterval(this.timer);
  }
}
