import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { Gate, GateAddress } from './gate.js';
import { LEASE_MS, Leases } from './leases.js';
import { OutageLog } from './outage-log.js';

/** Two of these may fail, or be late, before a lease runs out. */
const RENEW_EVERY_MS = LEASE_MS * 0.3;
/** A lease that was not to be had is asked for again after so long. */
const ASK_EVERY_MS = 100;
const ASKED_AT_ONCE_MAX = 100;

/** "Sold out", said from memory: asks for leases, renews those in use, and lets the others run out. */
export class KeepLeases {
  private readonly outage = new OutageLog(new Logger(KeepLeases.name), 'asking for leases');
  private readonly asked = new Set<CouponId>();
  private readonly renewed = new Set<number>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly gate: Gate,
    private readonly leases = new Leases(),
    private readonly now: () => number = () => performance.now(),
  ) {}

  refuses(couponId: CouponId, claimant: Claimant): boolean {
    return this.leases.refuses(couponId, claimant, this.now());
  }

  /**
   * To be called where the gate has said "sold out", which it also says to those who are on a list for no reason.
   * Nobody waits for what comes of it.
   */
  ask(at: GateAddress): void {
    const { couponId } = at;
    if (this.leases.holds(couponId, this.now())) return;
    if (this.asked.has(couponId) || this.asked.size >= ASKED_AT_ONCE_MAX || this.stopping.signal.aborted)
      return;
    this.asked.add(couponId);
    void this.obtain(at)
      .then(() => this.pause(ASK_EVERY_MS))
      .finally(() => this.asked.delete(couponId));
  }

  stop(): void {
    this.stopping.abort();
  }

  private async obtain(at: GateAddress): Promise<void> {
    // Before the call leaves: what the gate confirms may be as old as that.
    const sentAt = this.now();
    const offer = await this.attempt(() => this.gate.offerLease(at));
    if (!offer) return;
    this.leases.take(at, offer, sentAt);
    if (this.renewed.has(at.shard)) return;
    this.renewed.add(at.shard);
    void this.renewWhileUsed(at.shard).finally(() => this.renewed.delete(at.shard));
  }

  private async renewWhileUsed(shard: number): Promise<void> {
    let goesOn = true;
    while (goesOn) {
      await this.pause(RENEW_EVERY_MS);
      if (this.stopping.signal.aborted) return;
      const sentAt = this.now();
      const mark = await this.attempt(() => this.gate.readLeaseMark(shard));
      goesOn = this.leases.renew(shard, mark, sentAt);
    }
  }

  /** A gate that does not answer gives no lease and renews none. */
  private async attempt<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      const reply = await call();
      this.outage.succeeded();
      return reply;
    } catch (cause) {
      this.outage.failed(cause);
      return null;
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
