import { LRUCache } from 'lru-cache';
import type { Claimant, CouponId } from '../coupon/ids.js';
import type { ClaimList, GateAddress, LeaseOffer } from './gate.js';

/** For how long a process may say "sold out" by itself, counted from the sending of the call that confirmed it. */
export const LEASE_MS = 500;
/** For how long a gate that has units again gives none away; longer than any lease that may still refuse them. */
export const REOPEN_DELAY_MS = LEASE_MS + 100;

const LEASES_MAX = 10_000;
const LISTS_BYTES_MAX = 64 * 1024 * 1024;

/** What all leases of a shard have in common; they go on together and end together. */
interface Term {
  readonly mark: string;
  until: number;
  used: boolean;
}

interface Lease {
  readonly term: Term;
  readonly windowEndsAt: number;
  readonly claims: ClaimList;
}

/**
 * What one process may refuse without asking the gate. A lease and its list are one value: they come, and go,
 * together. Times are milliseconds of a clock that never jumps, passed in.
 */
export class Leases {
  private readonly terms = new Map<number, Term>();
  private readonly leases = new LRUCache<CouponId, Lease>({
    max: LEASES_MAX,
    maxSize: LISTS_BYTES_MAX,
    sizeCalculation: ({ claims }) => claims.bytes,
  });

  /** True only where the gate would say "sold out" as well, or would have done so less than `LEASE_MS` ago. */
  refuses(couponId: CouponId, claimant: Claimant, now: number): boolean {
    const lease = this.leases.get(couponId);
    if (lease === undefined || !isAlive(lease, now) || lease.claims.mayHold(claimant)) return false;
    lease.term.used = true;
    return true;
  }

  holds(couponId: CouponId, now: number): boolean {
    const lease = this.leases.get(couponId);
    return lease !== undefined && isAlive(lease, now);
  }

  /** `sentAt`: when the call was sent that was answered with the offer. */
  take({ couponId, shard }: GateAddress, { mark, windowMs, claims }: LeaseOffer, sentAt: number): void {
    let term = this.terms.get(shard);
    if (term?.mark !== mark) term = this.begin(shard, mark);
    extend(term, sentAt);
    this.leases.set(couponId, { term, windowEndsAt: sentAt + windowMs, claims });
  }

  /**
   * `mark`: as a call sent at `sentAt` found it. All leases of the shard go on where it has not moved. False where
   * they end: by a mark that moved, or because nobody was refused since.
   */
  renew(shard: number, mark: string | null, sentAt: number): boolean {
    const term = this.terms.get(shard);
    if (term && term.mark !== mark) this.end(shard, term);
    if (term?.mark !== mark || !term.used) return false;
    term.used = false;
    extend(term, sentAt);
    return true;
  }

  private begin(shard: number, mark: string): Term {
    const before = this.terms.get(shard);
    if (before) this.end(shard, before);
    const term = { mark, until: Number.NEGATIVE_INFINITY, used: true };
    this.terms.set(shard, term);
    return term;
  }

  private end(shard: number, term: Term): void {
    term.until = Number.NEGATIVE_INFINITY;
    this.terms.delete(shard);
    for (const [couponId, lease] of this.leases.entries()) {
      if (lease.term === term) this.leases.delete(couponId);
    }
  }
}

const isAlive = ({ term, windowEndsAt }: Lease, now: number): boolean =>
  now < term.until && now < windowEndsAt;

/** Answers may come in another order than their calls were sent. */
function extend(term: Term, sentAt: number): void {
  term.until = Math.max(term.until, sentAt + LEASE_MS);
}
