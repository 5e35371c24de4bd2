import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  type CouponDefinition,
  type CouponId,
  type CouponState,
  CreateCoupon,
  GetCoupon,
  ListCoupons,
  MoveCoupon,
  RebuildCouponGate,
  type RebuildOutcome,
} from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { AdminGuard } from '../caller/admin.guard.js';
import { type CouponPage, couponPage } from '../catalog/coupon-page.js';
import { type OperatorCouponView, operatorCouponView } from '../catalog/coupon-view.js';
import { ALL_STATES, type ListAllCouponsQuery, listAllCouponsQuery } from '../catalog/list-coupons.query.js';
import { CouponIdPipe } from '../http/coupon-id.js';
import { RequestRefused } from '../http/problem.js';
import { createCouponBody } from './create-coupon.body.js';

/** The operators' calls. Where a command answers a coupon, `asOf` is this process's clock. */
@Controller('admin/v1/coupons')
@UseGuards(AdminGuard)
export class AdminCouponsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  async create(
    @Body({ schema: createCouponBody }) definition: CouponDefinition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorCouponView> {
    const coupon = await this.commands.execute(new CreateCoupon(definition));
    reply.header('location', `/admin/v1/coupons/${coupon.id}`);
    return operatorCouponView(coupon, Date.now());
  }

  @Get()
  async list(
    @Query({ schema: listAllCouponsQuery }) { state, cursor, limit }: ListAllCouponsQuery,
  ): Promise<CouponPage<OperatorCouponView>> {
    const { coupons, asOf } = await this.queries.execute(
      new ListCoupons(state ? [state] : ALL_STATES, cursor ?? null, limit + 1),
    );
    return couponPage(coupons, limit, (coupon) => operatorCouponView(coupon, asOf));
  }

  @Get(':couponId')
  async get(@Param('couponId', CouponIdPipe) couponId: CouponId): Promise<OperatorCouponView> {
    const found = await this.queries.execute(new GetCoupon(couponId, 'shown'));
    if (!found) throw new RequestRefused('COUPON_NOT_FOUND');
    return operatorCouponView(found.coupon, found.asOf);
  }

  @Post(':couponId/open')
  @HttpCode(200)
  open(@Param('couponId', CouponIdPipe) couponId: CouponId): Promise<OperatorCouponView> {
    return this.move(couponId, 'OPEN');
  }

  @Post(':couponId/pause')
  @HttpCode(200)
  pause(@Param('couponId', CouponIdPipe) couponId: CouponId): Promise<OperatorCouponView> {
    return this.move(couponId, 'PAUSED');
  }

  @Post(':couponId/close')
  @HttpCode(200)
  close(@Param('couponId', CouponIdPipe) couponId: CouponId): Promise<OperatorCouponView> {
    return this.move(couponId, 'CLOSED');
  }

  @Post(':couponId/rebuild')
  @HttpCode(200)
  async rebuild(
    @Param('couponId', CouponIdPipe) couponId: CouponId,
  ): Promise<Extract<RebuildOutcome, { outcome: 'REBUILT' }>> {
    const result = await this.commands.execute(new RebuildCouponGate(couponId));
    switch (result.outcome) {
      case 'REBUILT':
        return result;
      case 'OVERTAKEN':
        throw new RequestRefused('REBUILD_OVERTAKEN');
      case 'COUPON_NOT_FOUND':
        throw new RequestRefused('COUPON_NOT_FOUND', 'There is no such coupon, or it has no gate.');
    }
  }

  private async move(couponId: CouponId, to: Exclude<CouponState, 'DRAFT'>): Promise<OperatorCouponView> {
    const result = await this.commands.execute(new MoveCoupon(couponId, to));
    switch (result.outcome) {
      case 'MOVED':
      case 'UNCHANGED':
        return operatorCouponView(result.coupon, Date.now());
      case 'NOT_ALLOWED':
        throw new RequestRefused(
          'INVALID_STATE_CHANGE',
          `A coupon that is ${result.coupon.state} cannot become ${to}.`,
        );
      case 'COUPON_NOT_FOUND':
        throw new RequestRefused('COUPON_NOT_FOUND');
    }
  }
}
