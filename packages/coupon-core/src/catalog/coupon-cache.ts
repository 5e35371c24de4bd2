import type { CouponStore } from '../campaign/coupon-store.js';
import type { CouponId } from '../coupon/ids.js';
import { Combiner, CombinerBusy } from '../issuance/combiner.js';
import { StoreUnavailable } from '../issuance/issue-store.js';
import { BatchFigures } from '../metrics/process-metrics.js';
import { cacheFigures } from '../metrics/request-metrics.js';
import type { CouponLevel, KeptReading } from './coupon-level.js';
import { type CouponReading, publicReading, type ReadFrom, versionOf } from './coupon-reading.js';
import type { LocalLevel } from './local-level.js';

/** However many readers miss: so many statements at once, each for so many coupons. */
const ROW_LIMITS = { membersMax: 100, inFlightMax: 2, pendingMax: 10_000, deadlineMs: 3_000 };

export interface FoundCoupon {
  reading: CouponReading;
  from: ReadFrom;
}

interface Loaded {
  kept: KeptReading;
  from: ReadFrom;
}

/**
 * Coupons as the public sees them: from this process's memory (L1), else from the shared level (L2), else from the row,
 * one load per coupon at a time. For views, and for refusals where there is no gate: who gets a
 * coupon is never decided from here.
 */
export class CouponCache {
  private readonly loads = new Map<CouponId, Promise<FoundCoupon>>();
  private readonly rows = new Combiner<'rows', CouponId, KeptReading>(
    ROW_LIMITS,
    (_key, ids) => this.readRows(ids),
    new BatchFigures('coupons'),
  );

  constructor(
    private readonly local: LocalLevel,
    private readonly shared: CouponLevel,
    private readonly store: CouponStore,
  ) {}

  /** At once where this process knows the coupon. Throws `StoreUnavailable`. */
  find(id: CouponId): FoundCoupon | Promise<FoundCoupon> {
    const loading = this.loads.get(id);
    const kept = loading ? undefined : this.local.get(id);
    const { joined, localHit, localMiss } = cacheFigures;
    (loading ? joined : kept ? localHit : localMiss).add();
    if (loading) return loading;
    return kept ? { reading: kept.reading, from: 'L1' } : this.load(id, () => this.readShared(id));
  }

  /**
   * What a change of this process has made of the row: L1 has it when this returns, so nobody waits for a reading, and L2
   * when it resolves. What is being read now may be older, so whoever comes from here on does not wait for that either.
   */
  async keep(id: CouponId, { reading: row, trueAt }: KeptReading): Promise<CouponReading> {
    const reading = publicReading(row);
    const kept = new Map([[id, { reading, trueAt }]]);
    this.loads.delete(id);
    this.local.put(kept);
    await this.shared.put(kept);
    return reading;
  }

  /** L1 forgets what is older than this version. What is being read now may be older too: it is read again. */
  drop(id: CouponId, version: number): void {
    this.local.drop(id, version);
    if (this.loads.has(id)) this.readAgain(id);
  }

  dropAll(): void {
    this.local.clear();
    for (const id of [...this.loads.keys()]) this.readAgain(id);
  }

  private readAgain(id: CouponId): void {
    this.load(id, () => this.readRow(id)).catch(() => undefined);
  }

  private load(id: CouponId, read: () => Promise<Loaded>): Promise<FoundCoupon> {
    const isCurrent = () => this.loads.get(id) === load;
    const load: Promise<FoundCoupon> = read().then(
      ({ kept, from }) => {
        if (isCurrent()) {
          this.local.put(new Map([[id, kept]]));
          this.loads.delete(id);
        }
        return this.newerThan(id, kept) ?? { reading: kept.reading, from };
      },
      (cause) => {
        if (isCurrent()) {
          this.local.drop(id, Number.POSITIVE_INFINITY);
          this.loads.delete(id);
        }
        throw cause;
      },
    );
    this.loads.set(id, load);
    return load;
  }

  /** What came into L1 during a reading: others have seen it by now, and views must not go backwards. */
  private newerThan(id: CouponId, { reading }: KeptReading): FoundCoupon | undefined {
    const present = this.local.get(id);
    if (!present || versionOf(present.reading) <= versionOf(reading)) return undefined;
    return { reading: present.reading, from: 'L1' };
  }

  private async readShared(id: CouponId): Promise<Loaded> {
    const kept = await this.shared.get(id);
    (kept ? cacheFigures.sharedHit : cacheFigures.sharedMiss).add();
    return kept ? { kept, from: 'L2' } : this.readRow(id);
  }

  private async readRow(id: CouponId): Promise<Loaded> {
    try {
      return { kept: await this.rows.submit('rows', id), from: 'DB' };
    } catch (cause) {
      if (cause instanceof CombinerBusy) throw new StoreUnavailable('Too many coupons are read.', { cause });
      throw cause;
    }
  }

  private async readRows(ids: readonly CouponId[]): Promise<KeptReading[]> {
    cacheFigures.rowsRead.add(ids.length);
    const trueAt = performance.now();
    const rows = await this.store.look(ids);
    const readings = new Map(
      ids.map((id) => [id, { reading: publicReading(rows.get(id) ?? null), trueAt }] as const),
    );
    await this.shared.put(readings);
    return ids.map((id) => readings.get(id)!);
  }
}
