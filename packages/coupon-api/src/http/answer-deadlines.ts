import type { FastifyReply } from 'fastify';
import { sendProblem } from './send-problem.js';

const CHECK_INTERVAL_MS = 100;

/**
 * Answers 503 for requests of the hot routes that have waited too long. All wait equally long, so the oldest stand
 * first, and one timer for all of them costs a request no more than its place in a map.
 */
export class AnswerDeadlines {
  private readonly waiting = new Map<FastifyReply, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly waitMsMax: number) {
    this.timer = setInterval(() => this.expire(performance.now()), CHECK_INTERVAL_MS).unref();
  }

  begin(reply: FastifyReply): void {
    this.waiting.set(reply, performance.now() + this.waitMsMax);
  }

  /** False where the deadline has answered already. */
  end(reply: FastifyReply): boolean {
    return this.waiting.delete(reply);
  }

  expire(now: number): void {
    for (const [reply, deadlineAt] of this.waiting) {
      if (deadlineAt > now) return;
      this.waiting.delete(reply);
      sendProblem(reply, 'UNAVAILABLE');
    }
  }

  close(): void {
    clearInterval(this.timer);
  }
}
