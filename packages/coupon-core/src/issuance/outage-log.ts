import type { Logger } from '@nestjs/common';
import { BrokerAway } from 'messaging';
import { ServerAway } from './server-away.js';

/**
 * Says once that a loop fails, and once that it works again. A server that is away is a warning, since it comes
 * back; anything else is an error, since somebody must look at it.
 */
export class OutageLog {
  private failing: string | null = null;

  constructor(
    private readonly log: Logger,
    private readonly work: string,
  ) {}

  failed(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (message === this.failing) return;
    this.failing = message;
    if (cause instanceof ServerAway || cause instanceof BrokerAway)
      this.log.warn(`${this.work}: ${message} It is tried again until it works.`);
    else this.log.error(`${this.work}: ${message}`, cause instanceof Error ? cause.stack : undefined);
  }

  succeeded(): void {
    if (this.failing !== null) this.log.log(`${this.work}: works again`);
    this.failing = null;
  }
}
