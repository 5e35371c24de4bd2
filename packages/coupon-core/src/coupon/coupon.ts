import type { CouponId } from './ids.js';

export type CouponState = 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED';
/** Where an operator may move a coupon to. */
export type PublishedState = Exclude<CouponState, 'DRAFT'>;
export type IssueMode = 'SYNC' | 'ASYNC' | 'BOTH';
/** Who admits V2's requests: a gate in front of the queue; or nobody, so that whoever reads the queue decides. */
export type Admission = 'GATE' | 'QUEUE';
/** How V1's batches of several processes take turns: at the row alone, or by a lock in front of it. */
export type LockStrategy = 'row' | 'distributed';

export type Discount =
  | { kind: 'FIXED'; value: number; maxDiscount: null }
  | { kind: 'PERCENT'; value: number; maxDiscount: number | null };

/** What an operator defines. Money in minor units of `currency`; times in milliseconds since 1970, UTC. */
export interface CouponDefinition {
  title: string;
  type: 'FIRST_COME_FIRST_SERVED';
  /** null: unlimited. */
  totalQuantity: number | null;
  issueMode: IssueMode;
  admission: Admission;
  lockStrategy: LockStrategy;
  discount: Discount;
  currency: string;
  minOrderAmount: number;
  /** Issue window [start, end). */
  issueStartsAt: number;
  issueEndsAt: number;
  validForDays: number | null;
  expiresAt: number | null;
  perUserLimit: number;
  returnCancelledUnits: boolean;
  metadata: Record<string, unknown> | null;
}

/** The counters of the row: absolute, changed under its lock only. */
export interface CouponCounters {
  /** Issue numbers given so far; the next one is this plus one. */
  issuedQuantity: number;
  /** Of these, given at the V1 door. */
  issuedByV1: number;
  /** Issued units that came back and may be issued once more. */
  givenBack: number;
  /** Tickets of the gate that took no unit in the end, or whose unit came back: the gate may give as many again. */
  returned: number;
}

/** A smaller total that the row announces until it is decided whether no more than that is given already. */
export interface Decrease {
  total: number;
  /** Names the announcement: its entry in the audit log. */
  id: number;
}

export interface Coupon extends CouponDefinition, CouponCounters {
  id: CouponId;
  state: CouponState;
  decrease: Decrease | null;
  /** Moves with every change of the row that an observer may see. */
  version: number;
  /** Moves only when the gate has something to learn. */
  gateVersion: number;
  /** The gate's incarnation that batches must have been read under; 0: none was begun. */
  epoch: number;
  /** The last epoch whose gate is known to have been switched to; 0: no gate was ever brought up. */
  epochBuilt: number;
  /** Which hash tag holds this coupon's gate; given when it is created. */
  shard: number;
}

/** Whether V2 serves the coupon through a gate. */
export const hasGate = ({
  issueMode,
  admission,
}: Pick<CouponDefinition, 'issueMode' | 'admission'>): boolean =>
  issueMode !== 'SYNC' && admission === 'GATE';

/** Units in people's hands. */
export const live = (counters: CouponCounters): number => counters.issuedQuantity - counters.givenBack;

/** Tickets that the rows have decided, of whatever epoch: issued, rejected, or noted as needing no row. */
export const settledTickets = (counters: CouponCounters): number =>
  counters.issuedQuantity - counters.issuedByV1 + counters.returned - counters.givenBack;

/** Units left by the rows alone, claims in flight not counted; null: unlimited. */
export function remaining(coupon: Coupon): number | null {
  return coupon.totalQuantity === null ? null : Math.max(0, coupon.totalQuantity - live(coupon));
}

/** What V1 may issue up to: while a smaller total is announced, that one; null: unlimited. */
export function certainTotal({ totalQuantity, decrease }: Coupon): number | null {
  if (decrease === null) return totalQuantity;
  return totalQuantity === null ? decrease.total : Math.min(totalQuantity, decrease.total);
}

/** Larger than any number of tickets; still exact as a double in the gate's scripts. */
export const UNLIMITED_CAPACITY = Number.MAX_SAFE_INTEGER;

/** How many tickets the gate may give in all: a pure function of the row, so that repeating it is harmless. */
export function capacity(coupon: Coupon): number {
  return coupon.totalQuantity === null ? UNLIMITED_CAPACITY : capacityFor(coupon, coupon.totalQuantity);
}

const capacityFor = ({ returned, issuedByV1 }: CouponCounters, total: number): number =>
  total + returned - issuedByV1;

/** All that the gate knows about the row, as one absolute statement ordered by `version`. */
export interface GateView {
  couponId: CouponId;
  shard: number;
  version: number;
  state: CouponState;
  issueStartsAt: number;
  issueEndsAt: number;
  capacity: number;
  /** What the capacity becomes where no more tickets than that are given. */
  decrease: { id: number; capacity: number } | null;
}

export function gateView(coupon: Coupon): GateView {
  const { decrease } = coupon;
  return {
    couponId: coupon.id,
    shard: coupon.shard,
    version: coupon.gateVersion,
    state: coupon.state,
    issueStartsAt: coupon.issueStartsAt,
    issueEndsAt: coupon.issueEndsAt,
    capacity: capacity(coupon),
    decrease: decrease && { id: decrease.id, capacity: capacityFor(coupon, decrease.total) },
  };
}

/** The gate's decision, as `update-n.lua` takes it as well. */
export function capacityInForce({ capacity, decrease }: GateView, admitted: number): number {
  return decrease !== null && admitted <= decrease.capacity ? decrease.capacity : capacity;
}

const DAY_MS = 86_400_000;

/** When an issue made at `issuedAt` stops being usable; null: never. */
export function expiryOf(coupon: CouponDefinition, issuedAt: number): number | null {
  if (coupon.expiresAt !== null) return coupon.expiresAt;
  return coupon.validForDays === null ? null : issuedAt + coupon.validForDays * DAY_MS;
}
