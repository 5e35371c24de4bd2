import { problemAnswer } from './answer.js';
import type { Exchange } from './exchange.js';

const CHECK_INTERVAL_MS = 100;

/**
 * Answers 503 for requests of a hot call that have waited too long. All wait equally long, so the oldest stand first,
 * and one timer for all of them costs a request no more than its place in a map.
 */
export class AnswerDeadlines {
  /** Since when, by `performance.now()`. */
  private readonly waiting = new Map<Exchange, number>();
  private readonly timer: NodeJS.Timeout;

  /** `onOverdue`: told of each that was answered by the deadline. */
  constructor(
    private readonly waitMsMax: number,
    private readonly onOverdue: (waitedMs: number) => void = () => undefined,
  ) {
    this.timer = setInterval(() => this.expire(performance.now()), CHECK_INTERVAL_MS).unref();
  }

  begin(exchange: Exchange): void {
    this.waiting.set(exchange, performance.now());
  }

  /** How long it has waited, milliseconds; null where the deadline has answered already. */
  end(exchange: Exchange): number | null {
    const since = this.waiting.get(exchange);
    if (since === undefined) return null;
    this.waiting.delete(exchange);
    return performance.now() - since;
  }

  expire(now: number): void {
    for (const [exchange, since] of this.waiting) {
      if (now - since < this.waitMsMax) return;
      this.waiting.delete(exchange);
      exchange.send(problemAnswer('UNAVAILABLE', exchange.requestId));
      this.onOverdue(now - since);
    }
  }

  close(): void {
    clearInterval(this.timer);
  }
}
