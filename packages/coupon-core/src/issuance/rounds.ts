import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { OutageLog } from './outage-log.js';

/** What a process does again and again beside its requests. A round that fails is made up for by the next one. */
export abstract class Rounds {
  protected readonly log: Logger;
  private readonly outage: OutageLog;
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  /** `work` names it in the log, which hears of an outage once. */
  protected constructor(
    work: string,
    private readonly everyMs: number,
    private readonly firstAfterMs = 0,
  ) {
    this.log = new Logger(new.target.name);
    this.outage = new OutageLog(this.log, work);
  }

  start(): void {
    this.loop = this.run();
  }

  /** Returns when the round under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  protected abstract goRound(): Promise<unknown>;

  /** How long the next round is waited for; `failures`: how many rounds have failed since the last that did not. */
  protected pauseMs(_failures: number): number {
    return this.everyMs;
  }

  protected get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    let failures = 0;
    await this.pause(this.firstAfterMs);
    while (!this.isStopping) {
      try {
        await this.goRound();
        this.outage.succeeded();
        failures = 0;
      } catch (cause) {
        this.outage.failed(cause);
        failures += 1;
      }
      await this.pause(this.pauseMs(failures));
    }
  }

  /** Processes that were started together must not do the same at the same moment for ever. */
  private async pause(ms: number): Promise<void> {
    const { signal } = this.stopping;
    await sleep(ms * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}
