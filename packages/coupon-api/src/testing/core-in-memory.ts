import { type DynamicModule, Module } from '@nestjs/common';
import { CommandHandler, CqrsModule, QueryHandler } from '@nestjs/cqrs';
import {
  type ApiHealth,
  type AuditEntry,
  ChangeQuantity,
  type Coupon,
  CouponCore,
  type CouponId,
  CreateCoupon,
  type CreateOutcome,
  type DeadLetter,
  DiscardDeadLetter,
  type DiscardOutcome,
  EditCoupon,
  type EditOutcome,
  GetCoupon,
  GetDeadLetter,
  type IssueAnswer,
  ListAudit,
  ListCoupons,
  ListDeadLetters,
  MoveCoupon,
  type MoveOutcome,
  type QuantityOutcome,
  type ReadFrom,
  RebuildCouponGate,
  type RebuildOutcome,
  ReconcileCouponGate,
  type ReconcileOutcome,
  type RequestAnswer,
  RetryDeadLetter,
  type RetryOutcome,
  type StatusAnswer,
  type TakeBackDecision,
  TakeBackIssue,
  type Unavailable,
} from 'coupon-core';

/** What the core is made to answer or, where it is an error, to throw; and what it was asked. */
export class Script {
  issue: IssueAnswer | Error | 'never' = { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
  request: RequestAnswer | Error | 'never' = { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
  /** Answers requests of V2 without asking anybody, in place of `request`. */
  requestAtOnce: RequestAnswer | Error | null = null;
  status: StatusAnswer | Error | 'never' = { outcome: 'REFUSED', code: 'COUPON_NOT_FOUND' };
  coupons: Coupon[] = [];
  audit: AuditEntry[] = [];
  from: ReadFrom = 'DB';
  query: Error | 'never' | null = null;
  move: MoveOutcome = { outcome: 'COUPON_NOT_FOUND' };
  edit: EditOutcome = { outcome: 'COUPON_NOT_FOUND' };
  quantity: QuantityOutcome = { outcome: 'COUPON_NOT_FOUND' };
  rebuild: RebuildOutcome | { outcome: 'UNDER_WAY' } = { outcome: 'COUPON_NOT_FOUND' };
  takeBack: TakeBackDecision | Unavailable = { outcome: 'NOT_FOUND' };
  letters: DeadLetter[] = [];
  retry: RetryOutcome = { outcome: 'NOT_FOUND' };
  discard: DiscardOutcome = { outcome: 'NOT_FOUND' };
  reconcile: ReconcileOutcome | { outcome: 'UNDER_WAY' | 'COUPON_NOT_FOUND' } = {
    outcome: 'COUPON_NOT_FOUND',
  };
  health: ApiHealth = {
    database: 'up',
    gate: 'up',
    breakers: { database: 'CLOSED', gate: 'CLOSED' },
  };
  readonly asked: unknown[] = [];
}

/** The time that the scripted database shows. */
export const AS_OF = Date.UTC(2026, 10, 20, 12, 0, 0, 250);

function play<T>(line: T | Error | 'never'): Promise<T> {
  if (line === 'never') return new Promise(() => undefined);
  return line instanceof Error ? Promise.reject(line) : Promise.resolve(line as T);
}

class ScriptedCore extends CouponCore {
  constructor(private readonly script: Script) {
    super();
  }

  issue(...asked: Parameters<CouponCore['issue']>): Promise<IssueAnswer> {
    this.script.asked.push(asked);
    return play(this.script.issue);
  }

  request(...asked: Parameters<CouponCore['request']>): RequestAnswer | Promise<RequestAnswer> {
    this.script.asked.push(asked);
    const { requestAtOnce } = this.script;
    if (requestAtOnce instanceof Error) throw requestAtOnce;
    if (requestAtOnce) return requestAtOnce;
    return play(this.script.request);
  }

  requestInTurn(...asked: Parameters<CouponCore['requestInTurn']>): Promise<RequestAnswer> {
    this.script.asked.push(['in turn', ...asked]);
    return play(this.script.request);
  }

  status(...asked: Parameters<CouponCore['status']>): Promise<StatusAnswer> {
    this.script.asked.push(asked);
    return play(this.script.status);
  }

  health(): Promise<ApiHealth> {
    return Promise.resolve(this.script.health);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

@CommandHandler(CreateCoupon)
class CreateHandler {
  constructor(private readonly script: Script) {}

  async execute({ definition, by }: CreateCoupon): Promise<CreateOutcome> {
    this.script.asked.push(by);
    const counters = { issuedQuantity: 0, issuedByV1: 0, givenBack: 0, returned: 0 };
    const kept = { version: 1, gateVersion: 1, epoch: 0, epochBuilt: 0, shard: 0, decrease: null };
    const coupon: Coupon = { ...definition, ...counters, ...kept, id: 1 as CouponId, state: 'DRAFT' };
    this.script.coupons.push(coupon);
    return { outcome: 'CREATED', coupon };
  }
}

@CommandHandler(MoveCoupon)
class MoveHandler {
  constructor(private readonly script: Script) {}

  execute(asked: MoveCoupon): Promise<MoveOutcome> {
    this.script.asked.push(asked);
    return play(this.script.move);
  }
}

@CommandHandler(EditCoupon)
class EditHandler {
  constructor(private readonly script: Script) {}

  execute(asked: EditCoupon): Promise<EditOutcome> {
    this.script.asked.push(asked);
    return play(this.script.edit);
  }
}

@CommandHandler(ChangeQuantity)
class QuantityHandler {
  constructor(private readonly script: Script) {}

  execute(asked: ChangeQuantity): Promise<QuantityOutcome> {
    this.script.asked.push(asked);
    return play(this.script.quantity);
  }
}

@CommandHandler(RebuildCouponGate)
class RebuildHandler {
  constructor(private readonly script: Script) {}

  execute(): Promise<RebuildOutcome | { outcome: 'UNDER_WAY' }> {
    return play(this.script.rebuild);
  }
}

@CommandHandler(TakeBackIssue)
class TakeBackHandler {
  constructor(private readonly script: Script) {}

  execute(asked: TakeBackIssue): Promise<TakeBackDecision | Unavailable> {
    this.script.asked.push(asked);
    return play(this.script.takeBack);
  }
}

@CommandHandler(RetryDeadLetter)
class RetryHandler {
  constructor(private readonly script: Script) {}

  execute(asked: RetryDeadLetter): Promise<RetryOutcome> {
    this.script.asked.push(asked);
    return play(this.script.retry);
  }
}

@CommandHandler(DiscardDeadLetter)
class DiscardHandler {
  constructor(private readonly script: Script) {}

  execute(asked: DiscardDeadLetter): Promise<DiscardOutcome> {
    this.script.asked.push(asked);
    return play(this.script.discard);
  }
}

@QueryHandler(GetDeadLetter)
class GetLetterHandler {
  constructor(private readonly script: Script) {}

  async execute({ id }: GetDeadLetter): Promise<DeadLetter | null> {
    return this.script.letters.find((letter) => letter.id === id) ?? null;
  }
}

@QueryHandler(ListDeadLetters)
class ListLettersHandler {
  constructor(private readonly script: Script) {}

  async execute({ which }: ListDeadLetters): Promise<DeadLetter[]> {
    this.script.asked.push(which);
    return this.script.letters.slice(0, which.limit);
  }
}

@CommandHandler(ReconcileCouponGate)
class ReconcileHandler {
  constructor(private readonly script: Script) {}

  execute(): Promise<Script['reconcile']> {
    return play(this.script.reconcile);
  }
}

@QueryHandler(GetCoupon)
class GetHandler {
  constructor(private readonly script: Script) {}

  async execute({
    couponId,
    drafts,
  }: GetCoupon): Promise<{ coupon: Coupon; asOf: number; from: ReadFrom } | null> {
    await play(this.script.query);
    const coupon = this.script.coupons.find(({ id }) => id === couponId);
    return coupon && (drafts === 'shown' || coupon.state !== 'DRAFT')
      ? { coupon, asOf: AS_OF, from: this.script.from }
      : null;
  }
}

@QueryHandler(ListCoupons)
class ListHandler {
  constructor(private readonly script: Script) {}

  async execute(asked: ListCoupons): Promise<{ coupons: Coupon[]; asOf: number }> {
    this.script.asked.push(asked);
    await play(this.script.query);
    return { coupons: this.script.coupons.slice(0, asked.limit), asOf: AS_OF };
  }
}

@QueryHandler(ListAudit)
class AuditHandler {
  constructor(private readonly script: Script) {}

  async execute({ page }: ListAudit): Promise<AuditEntry[]> {
    this.script.asked.push(page);
    return this.script.audit.slice(0, page.limit);
  }
}

@Module({})
class ScriptedCoreModule {}

/** Stands in for `CouponCoreModule` where a test looks at HTTP only. */
export function scriptedCore(script: Script): DynamicModule {
  return {
    module: ScriptedCoreModule,
    global: true,
    imports: [CqrsModule.forRoot()],
    providers: [
      { provide: Script, useValue: script },
      { provide: CouponCore, useValue: new ScriptedCore(script) },
      CreateHandler,
      MoveHandler,
      EditHandler,
      QuantityHandler,
      RebuildHandler,
      TakeBackHandler,
      RetryHandler,
      DiscardHandler,
      GetLetterHandler,
      ListLettersHandler,
      ReconcileHandler,
      GetHandler,
      ListHandler,
      AuditHandler,
    ],
    exports: [CouponCore, CqrsModule],
  };
}
