import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { GateView } from '../coupon/coupon.js';
import type { TakeBackDecision, TakenBack } from '../coupon/decide-take-back.js';
import type { CouponId } from '../coupon/ids.js';
import type { Unavailable } from '../issuance/claim-view.js';
import { Combiner, CombinerBusy } from '../issuance/combiner.js';
import { Gate } from '../issuance/gate.js';
import { IssueStore, type TakeBackRequest } from '../issuance/issue-store.js';
import { OutageLog } from '../issuance/outage-log.js';
import { BatchFigures } from '../metrics/process-metrics.js';
import { TakeBackIssue } from './commands.js';

const LIMITS = { membersMax: 200, inFlightMax: 1, pendingMax: 2_000, deadlineMs: 4_500 };

/** What waits for the same coupon at the same moment shares a transaction; answered after COMMIT. */
@CommandHandler(TakeBackIssue)
export class TakeBackIssueHandler implements ICommandHandler<TakeBackIssue> {
  private readonly combiners: Record<TakenBack, Combiner<CouponId, TakeBackRequest, TakeBackDecision>>;
  private readonly outage = new OutageLog(
    new Logger(TakeBackIssueHandler.name),
    'telling the gate of units that came back',
  );

  constructor(
    private readonly store: IssueStore,
    private readonly gate: Gate,
  ) {
    this.combiners = { CANCELLED: this.combinerOf('CANCELLED'), REVOKED: this.combinerOf('REVOKED') };
  }

  async execute({ couponId, request, as }: TakeBackIssue): Promise<TakeBackDecision | Unavailable> {
    try {
      return await this.combiners[as].submit(couponId, request);
    } catch (cause) {
      if (cause instanceof CombinerBusy) return { outcome: 'UNAVAILABLE', reason: cause.reason };
      throw cause;
    }
  }

  private combinerOf(as: TakenBack): Combiner<CouponId, TakeBackRequest, TakeBackDecision> {
    const takeBack = async (couponId: CouponId, members: TakeBackRequest[]) => {
      const { decisions, view } = await this.store.takeBack(couponId, members, as);
      if (view) this.tellGate(view);
      return decisions;
    };
    return new Combiner(LIMITS, takeBack, new BatchFigures('take_back'));
  }

  /** A hint: nobody waits for it, and the sweeper repeats the view until the gate has taken it. */
  private tellGate(view: GateView): void {
    this.gate.update([{ view, issuedByV1: [] }]).then(
      () => this.outage.succeeded(),
      (cause) => this.outage.failed(cause),
    );
  }
}
