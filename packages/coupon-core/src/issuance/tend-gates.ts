import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { CouponStore } from '../campaign/coupon-store.js';
import { type Coupon, gateView } from '../coupon/coupon.js';
import type { Gate } from './gate.js';
import { OutageLog } from './outage-log.js';
import type { ReconcileGate } from './reconcile-gate.js';
import type { ShrinkGate } from './shrink-gate.js';

const ROUND_EVERY_MS = 60_000;
const COUPONS_PER_PAGE = 200;

/**
 * Once a minute, for every gate that holds claims: says again what its row says, has it compared with the rows, and
 * has it forget them when the campaign is over. Several consumers may do so at once; whatever they drive again twice is
 * settled once.
 */
export class TendGates {
  private readonly outage = new OutageLog(new Logger(TendGates.name), 'comparing gates with their rows');
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly coupons: CouponStore,
    private readonly gate: Gate,
    private readonly reconcile: ReconcileGate,
    private readonly shrink: ShrinkGate,
    private readonly couponsMax = COUPONS_PER_PAGE,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** One round over all live gates, page by page. */
  async round(): Promise<void> {
    let afterId = 0;
    while (!this.stopping.signal.aborted) {
      const page = await this.coupons.findLiveGates(this.couponsMax, afterId);
      if (page.length > 0) await this.tend(page);
      if (page.length < this.couponsMax) return;
      afterId = page.at(-1)!.id;
    }
  }

  private async tend(page: readonly Coupon[]): Promise<void> {
    await this.gate.update(page.map((coupon) => ({ view: gateView(coupon), issuedByV1: [] })));
    await this.reconcile.execute(page);
    const now = await this.coupons.now();
    for (const coupon of page) await this.shrink.execute(coupon, now);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      // Consumers that were started together must not do it at the same moment for ever.
      await this.pause(ROUND_EVERY_MS * (0.75 + Math.random() / 2));
      try {
        await this.round();
        this.outage.succeeded();
      } catch (cause) {
        this.outage.failed(cause);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
