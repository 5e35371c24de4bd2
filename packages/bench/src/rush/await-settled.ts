import { setTimeout as sleep } from 'node:timers/promises';
import type { SystemUnderLoad } from '../system/system-under-load.js';
import type { CouponCounters, GateCounters } from './evidence.js';

const POLL_MS = 5;
/** The drain is given up when nothing was persisted for so long; what is missing then is found by the checks. */
const STALLED_MS_MAX = 15_000;
/** The sweeper tells the gate about V1's issues within a quarter of a second; so long is it given. */
const GATE_AGREES_MS_MAX = 10_000;

export interface Settled {
  /** From the last answer until every accepted request was in the database; null: it never came to that. */
  persistedAfterMs: number | null;
  coupon: CouponCounters;
  gate: GateCounters | null;
  queueLength: number;
}

/** Waits for the rows of all accepted requests, then for gate and queue to agree with them. */
export async function awaitSettled(
  system: SystemUnderLoad,
  couponId: number,
  accepted: number,
  lastAnswerAt: number,
): Promise<Settled> {
  const persistedAt = await awaitPersisted(system, couponId, accepted);
  const deadline = performance.now() + GATE_AGREES_MS_MAX;
  for (;;) {
    const coupon = await system.records.readCounters(couponId);
    const gate = await system.gate.readCounters({ shard: coupon.shard, couponId });
    const queueLength = await system.gate.queueLength(coupon.shard);
    const left = coupon.totalQuantity + coupon.givenBack - coupon.issuedQuantity;
    const agrees = !coupon.hasGate || (gate !== null && gate.capacity - gate.admitted === left);
    if ((agrees && queueLength === 0) || performance.now() > deadline) {
      const persistedAfterMs = persistedAt === null ? null : persistedAt - lastAnswerAt;
      return { persistedAfterMs, coupon, gate, queueLength };
    }
    await sleep(POLL_MS);
  }
}

async function awaitPersisted(
  system: SystemUnderLoad,
  couponId: number,
  accepted: number,
): Promise<number | null> {
  let seen = -1;
  let movedAt = performance.now();
  for (;;) {
    const { issuedQuantity } = await system.records.readCounters(couponId);
    const now = performance.now();
    if (issuedQuantity >= accepted) return now;
    if (issuedQuantity > seen) movedAt = now;
    else if (now - movedAt > STALLED_MS_MAX) return null;
    seen = Math.max(seen, issuedQuantity);
    await sleep(POLL_MS);
  }
}
