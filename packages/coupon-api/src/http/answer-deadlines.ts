import { problemAnswer } from './answer.js';
import type { Exchange } from './exchange.js';

const CHECK_INTERVAL_MS = 100;

/**
 * Answers 503 for requests of the hot calls that have waited too long. All wait equally long, so the oldest stand
 * first, and one timer for all of them costs a request no more than its place in a map.
 */
export class AnswerDeadlines {
  private readonly waiting = new Map<Exchange, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly waitMsMax: number) {
    this.timer = setInterval(() => this.expire(performance.now()), CHECK_INTERVAL_MS).unref();
  }

  begin(exchange: Exchange): void {
    this.waiting.set(exchange, performance.now() + this.waitMsMax);
  }

  /** False where the deadline has answered already. */
  end(exchange: Exchange): boolean {
    return this.waiting.delete(exchange);
  }

  expire(now: number): void {
    for (const [exchange, deadlineAt] of this.waiting) {
      if (deadlineAt > now) return;
      this.waiting.delete(exchange);
      exchange.send(problemAnswer('UNAVAILABLE', exchange.requestId));
    }
  }

  close(): void {
    clearInterval(this.timer);
  }
}
