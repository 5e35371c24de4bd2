import { Logger } from '@nestjs/common';
import type { Operator } from '../campaign/audit-log.js';
import type { CouponStore } from '../campaign/coupon-store.js';
import { type Coupon, settledTickets } from '../coupon/coupon.js';
import type { ClaimName } from '../coupon/decide-settlement.js';
import type { CouponId } from '../coupon/ids.js';
import { findings } from '../metrics/process-metrics.js';
import type { ClaimOfUser, Gate, GateCounts } from './gate.js';
import type { IssueStore } from './issue-store.js';
import { type RelayedEntries, StillRelayed } from './relayed-entries.js';

/** So old a claim has long been settled, wherever the consumers keep up. */
export const MARK_AGE_MS = 10_000;
/** Claims that are compared with the queue at once: each time the whole queue is read. */
const SUSPECTS_MAX = 1_000;

/** Numbers of one gate and its row; tickets count from the first one that the coupon's first gate gave. */
export interface Counted {
  /** Given up to the mark. */
  given: number;
  /** Of all tickets, those that the rows have decided. */
  settled: number;
  deadLetters: number;
}

export interface Reconciled extends Counted {
  outcome: 'RECONCILED';
  /** Claims that were looked at one by one; 0 where the counts alone were enough. */
  scanned: number;
  /** Claims without row, entry and dead letter, which are in the queue again now. */
  drivenAgain: number;
}

export type ReconcileOutcome =
  | Reconciled
  /** The gate is not initialised, or is being rebuilt. */
  | { outcome: 'NO_GATE' }
  /** No mark is old enough yet; in ten seconds there will be one. */
  | { outcome: 'TOO_EARLY' }
  /** Entries from before the mark are still in the queue or behind it, so nothing can be said about what is not. */
  | { outcome: 'BEHIND' };

/**
 * Finds claims that the gate holds and nobody will settle: neither a row nor an entry of the queue nor a dead letter
 * knows them. Counts are compared first, up to a mark some seconds ago; claims are looked at only where they differ.
 */
export class ReconcileGate {
  private readonly log = new Logger(ReconcileGate.name);

  constructor(
    private readonly coupons: CouponStore,
    private readonly store: IssueStore,
    private readonly gate: Gate,
    private readonly relayed: RelayedEntries,
    private readonly markAgeMs = MARK_AGE_MS,
  ) {}

  /** Coupons of any shards, read a moment ago; in their order. */
  async execute(coupons: readonly Coupon[]): Promise<ReconcileOutcome[]> {
    const outcomes = new Map<CouponId, ReconcileOutcome>();
    for (const [shard, ofShard] of Map.groupBy(coupons, (coupon) => coupon.shard)) {
      const ids = ofShard.map(({ id }) => id);
      const { oldestEntryAt, gates } = await this.gate.count(shard, ids, this.markAgeMs);
      // One wait for all of them, and none where the counts agree.
      let settling: Promise<void> | undefined;
      const relayedSettled = () => (settling ??= this.relayed.untilSettled());
      for (const [i, coupon] of ofShard.entries()) {
        const outcome = this.reconcile(coupon, gates[i]!, oldestEntryAt, relayedSettled);
        outcomes.set(coupon.id, await outcome.catch(behind));
      }
    }
    return coupons.map(({ id }) => outcomes.get(id)!);
  }

  /** For an operator: looks at every claim, whatever the counts say. */
  async executeThoroughly(coupon: Coupon, by: Operator): Promise<ReconcileOutcome> {
    const { gates } = await this.gate.count(coupon.shard, [coupon.id], this.markAgeMs);
    const counts = gates[0]!;
    if (counts?.epoch !== coupon.epoch) return { outcome: 'NO_GATE' };
    const { mark } = counts;
    if (!mark) return { outcome: 'TOO_EARLY' };
    const scan = async () => {
      await this.relayed.untilSettled();
      return this.scan(coupon, counts, await this.countRows(coupon.id, mark.admitted), by);
    };
    return scan().catch(behind);
  }

  private async reconcile(
    coupon: Coupon,
    counts: GateCounts | null,
    oldestEntryAt: number | null,
    relayedSettled: () => Promise<void>,
  ): Promise<ReconcileOutcome> {
    if (counts?.epoch !== coupon.epoch) return { outcome: 'NO_GATE' };
    const { mark, admitted } = counts;
    const settled = settledTickets(coupon);
    // The row was read first, so a gate that counts less has forgotten tickets and would give their units again.
    if (admitted < settled) {
      findings.gateBehindRows.add(settled - admitted);
      this.alarm(coupon, `counts ${settled - admitted} tickets fewer than the rows`);
    }
    if (!mark) return { outcome: 'TOO_EARLY' };
    const agreed = { outcome: 'RECONCILED', scanned: 0, drivenAgain: 0 } as const;
    if (mark.admitted <= settled) return { ...agreed, given: mark.admitted, settled, deadLetters: 0 };
    if (oldestEntryAt !== null && oldestEntryAt <= mark.at) return { outcome: 'BEHIND' };
    await relayedSettled();
    const counted = await this.countRows(coupon.id, mark.admitted);
    if (mark.admitted <= counted.settled + counted.deadLetters) return { ...agreed, ...counted };
    const found = await this.scan(coupon, counts, counted);
    const unexplained = mark.admitted - counted.settled - counted.deadLetters - found.drivenAgain;
    if (found.drivenAgain === 0) {
      findings.unheld.add(unexplained);
      this.alarm(coupon, `counts ${unexplained} tickets that nobody holds`);
    }
    return found;
  }

  /** Only a rebuild can count anew, since nothing else may lower or raise what a gate has given. */
  private alarm(coupon: Coupon, what: string): void {
    this.log.error(`coupon ${coupon.id}: its gate ${what}; rebuild it`);
  }

  /** Behind the count of the gate: what left the queue before it is in the rows by now. */
  private async countRows(couponId: CouponId, given: number): Promise<Counted> {
    const coupon = await this.coupons.find(couponId);
    const deadLetters = await this.store.countDeadLetters(couponId);
    return { given, settled: settledTickets(coupon!), deadLetters };
  }

  private async scan(
    coupon: Coupon,
    counts: GateCounts,
    counted: Counted,
    by?: Operator,
  ): Promise<Reconciled> {
    let suspects: ClaimName[] = [];
    let scanned = 0;
    let drivenAgain = 0;
    for await (const page of this.gate.readClaims(atOf(coupon))) {
      scanned += page.length;
      suspects.push(...(await this.store.findUndecided(coupon.id, claimsBefore(counts, page))));
      if (suspects.length < SUSPECTS_MAX) continue;
      drivenAgain += await this.driveAgain(coupon, counts.epoch, suspects, by);
      suspects = [];
    }
    drivenAgain += await this.driveAgain(coupon, counts.epoch, suspects, by);
    return { outcome: 'RECONCILED', ...counted, scanned, drivenAgain };
  }

  /**
   * The gate was read first, the queue is read now, the rows are read last: a claim that the consumer settles
   * meanwhile is met in one of them.
   */
  private async driveAgain(
    coupon: Coupon,
    epoch: number,
    suspects: readonly ClaimName[],
    by?: Operator,
  ): Promise<number> {
    if (suspects.length === 0) return 0;
    const unqueued = new Map(suspects.map((claim) => [claim.userId, claim]));
    for await (const page of this.gate.readQueued(atOf(coupon))) {
      for (const { userId } of page) unqueued.delete(userId);
    }
    await this.relayed.untilSettled();
    const missing = await this.store.findUndecided(coupon.id, [...unqueued.values()]);
    if (missing.length === 0) return 0;
    if (by) await this.store.noteDrivenAgain(coupon.id, missing.length, by);
    if (!(await this.gate.driveAgain(atOf(coupon), epoch, missing))) return 0;
    findings.drivenAgain.add(missing.length);
    this.log.error(`coupon ${coupon.id}: ${missing.length} claims had no entry and no row; driven again`);
    return missing.length;
  }
}

/** While a topic is not settled, nothing can be said about what is neither in the queue nor in the rows. */
function behind(cause: unknown): ReconcileOutcome {
  if (cause instanceof StillRelayed) return { outcome: 'BEHIND' };
  throw cause;
}

const atOf = ({ id, shard }: Coupon) => ({ couponId: id, shard });

/** What the consumer has to settle of the claims of a gate of this epoch. */
export function claimsToSettle(epoch: number, claims: readonly ClaimOfUser[]): ClaimName[] {
  return claims.flatMap(({ userId, claim }): ClaimName[] => {
    if (claim.kind === 'V1') return [];
    if (claim.kind === 'LOST') return [{ userId, epoch, ticket: null }];
    return [{ userId, epoch: claim.epoch, ticket: claim.ticket }];
  });
}

/** Of these, what is older than the mark; a loss does not tell how old it is. */
export function claimsBefore({ epoch, mark }: GateCounts, claims: readonly ClaimOfUser[]): ClaimName[] {
  const isOld = (claim: ClaimName) =>
    claim.ticket === null || claim.epoch !== epoch || (mark !== null && claim.ticket <= mark.tickets);
  return claimsToSettle(epoch, claims).filter(isOld);
}
