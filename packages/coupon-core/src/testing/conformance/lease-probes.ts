import type { ProcessId } from 'protocol-model';
import type { UserId } from '../../coupon/ids.js';
import type { LeaseOffer } from '../../issuance/gate.js';
import { expectEqual, type Pair } from './pair.js';

/** An API process on its way to a lease. */
interface Probe {
  sentAt: number;
  mark: string | null;
  offer: LeaseOffer | null;
}

/** API processes that ask for leases, renew them, and refuse by them. */
export class LeaseProbes {
  private readonly probes = new Map<ProcessId, Probe>();
  /** What a sabotage remembers. */
  private readonly markTaken: [string?, string?] = [];
  private firstList: LeaseOffer['claims'] | null = null;

  constructor(private readonly pair: Pair) {}

  /** Sent, executed, received: the stage that the model has come to says which of these it was. */
  async probe(id: ProcessId): Promise<void> {
    const { coupon, gate } = this.pair.real;
    const { probe } = this.pair.model.apis[id];
    if (probe?.stage === 'toGate') {
      this.probes.set(id, { sentAt: this.pair.model.now, mark: null, offer: null });
      return;
    }
    const own = this.probes.get(id)!;
    if (probe) {
      own.mark = await gate.readLeaseMark(coupon.shard);
      own.offer = await gate.offerLease({ couponId: coupon.id, shard: coupon.shard });
      expectEqual('lease', probe.offer.leasable, own.offer !== null);
      return;
    }
    this.probes.delete(id);
    this.receiveLease(id, own);
    this.compareLeases(id);
  }

  forget(id: ProcessId): void {
    this.probes.delete(id);
  }

  /** Renewed where the mark allows it, so that what it stands for is compared with a lease given anew. */
  private receiveLease(id: ProcessId, { sentAt, mark, offer }: Probe): void {
    const { leases } = this.pair.real.apis[id];
    const at = { couponId: this.pair.real.coupon.id, shard: this.pair.real.coupon.shard };
    if (this.pair.sabotage === 'IGNORES_MARK') mark = this.markTaken[id] ?? mark;
    if (leases.renew(at.shard, mark, sentAt) || !offer) return;
    if (this.pair.sabotage === 'NO_LIST') offer.claims = { mayHold: () => false, bytes: 1 };
    if (this.pair.sabotage === 'KEEPS_LISTS') offer.claims = this.firstList ??= offer.claims;
    leases.take(at, offer, sentAt);
    this.markTaken[id] = offer.mark;
  }

  private compareLeases(id: ProcessId): void {
    const { lease } = this.pair.model.apis[id];
    const { leases } = this.pair.real.apis[id];
    const { now } = this.pair.model;
    for (const user of this.pair.model.clients.keys()) {
      const expected = lease !== null && now < lease.until && !lease.winners.has(user);
      const found = leases.refuses(this.pair.real.coupon.id, user as string as UserId, now);
      expectEqual(`refusing ${user} from memory`, expected, found);
    }
  }
}
