import type { Operator } from '../campaign/audit-log.js';
import type { GateView } from '../coupon/coupon.js';
import type { Gate } from '../issuance/gate.js';
import type { DeadLetterStore, DiscardOutcome, RetryOutcome } from './dead-letter-store.js';

/** What becomes of a dead letter, whether an operator asks or its time has come. */
export class SettleDeadLetters {
  constructor(
    private readonly store: DeadLetterStore,
    private readonly gate: Gate,
  ) {}

  async retry(id: number, by: Operator | null): Promise<RetryOutcome> {
    const result = await this.store.retry(id, by);
    if (result.outcome === 'SETTLED') this.tellGate(result.view);
    return result;
  }

  async discard(id: number, by: Operator): Promise<DiscardOutcome> {
    const result = await this.store.discard(id, by);
    if (result.outcome === 'DISCARDED') this.tellGate(result.view);
    return result;
  }

  /** A hint: the sweeper says the same until the gate has taken it. */
  private tellGate(view: GateView | null): void {
    if (view) this.gate.update([{ view, issuedByV1: [] }]).catch(() => undefined);
  }
}
