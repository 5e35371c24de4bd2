import { Controller, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type CouponId, type Operator, RebuildCouponGate, ReconcileCouponGate } from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { AdminGuard } from '../caller/admin.guard.js';
import { ByOperator } from '../caller/operator.js';
import { couponIdParameter } from '../http/coupon-id.js';
import { RequestRefused } from '../http/problem.js';
import { BODY_REFUSALS } from '../openapi/call-description.js';
import { Described } from '../openapi/described.js';
import {
  type GateRebuilt,
  gateRebuiltSchema,
  type RebuildUnderWay,
  rebuildUnderWaySchema,
} from './gate-rebuilt.js';
import {
  type GateReconciled,
  gateReconciledSchema,
  type ReconciliationUnderWay,
  reconciliationUnderWaySchema,
} from './gate-reconciled.js';

/** What an operator can have done to a coupon's gate. */
@ApiTags('Operators')
@Controller('admin/v1/coupons')
@UseGuards(AdminGuard)
export class AdminGatesController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':couponId/rebuild')
  @HttpCode(200)
  @Described({
    operationId: 'rebuildGate',
    summary: "Build the coupon's gate anew from the rows and from what survived of it",
    caller: 'operator',
    answers: {
      200: { description: 'The gate is built.', body: gateRebuiltSchema },
      202: {
        description: 'It takes longer. Asked again, it waits for the same one.',
        body: rebuildUnderWaySchema,
      },
    },
    refusals: [...BODY_REFUSALS, 'COUPON_NOT_FOUND', 'REBUILD_OVERTAKEN'],
  })
  async rebuild(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @ByOperator() by: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GateRebuilt | RebuildUnderWay> {
    const result = await this.commands.execute(new RebuildCouponGate(couponId, by));
    switch (result.outcome) {
      case 'REBUILT':
        return result;
      case 'UNDER_WAY':
        reply.code(202);
        return result;
      case 'OVERTAKEN':
        throw new RequestRefused('REBUILD_OVERTAKEN');
      case 'COUPON_NOT_FOUND':
        throw new RequestRefused('COUPON_NOT_FOUND', 'There is no such coupon, or it has no gate.');
    }
  }

  @Post(':couponId/reconcile')
  @HttpCode(200)
  @Described({
    operationId: 'reconcileGate',
    summary: 'Compare the gate with the rows, claim by claim, and settle what nothing would have settled',
    caller: 'operator',
    answers: {
      200: { description: 'What was compared, and done.', body: gateReconciledSchema },
      202: { description: 'It takes longer, and goes on.', body: reconciliationUnderWaySchema },
    },
    refusals: [...BODY_REFUSALS, 'COUPON_NOT_FOUND'],
  })
  async reconcile(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @ByOperator() by: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GateReconciled | ReconciliationUnderWay> {
    const result = await this.commands.execute(new ReconcileCouponGate(couponId, by));
    switch (result.outcome) {
      case 'RECONCILED':
        return result;
      case 'UNDER_WAY':
        reply.code(202);
        return { outcome: 'UNDER_WAY' };
      case 'NO_GATE':
        throw new RequestRefused('UNAVAILABLE', 'The gate is being rebuilt.');
      case 'TOO_EARLY':
      case 'BEHIND':
        throw new RequestRefused(
          'UNAVAILABLE',
          'No claim is old enough to be missed; in ten seconds some are.',
        );
      case 'COUPON_NOT_FOUND':
        throw new RequestRefused('COUPON_NOT_FOUND', 'There is no such coupon, or it has no gate.');
    }
  }
}
