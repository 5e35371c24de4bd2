import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import {
  ChangeQuantity,
  type CouponDefinition,
  type CouponEdits,
  type CouponId,
  CreateCoupon,
  EditCoupon,
  GetCoupon,
  ListCoupons,
  MoveCoupon,
  type Operator,
  type PublishedState,
} from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { AdminGuard } from '../caller/admin.guard.js';
import { ByOperator } from '../caller/operator.js';
import { type CouponPage, couponPage, operatorCouponPageSchema } from '../catalog/coupon-page.js';
import {
  type OperatorCouponView,
  operatorCouponView,
  operatorCouponViewSchema,
} from '../catalog/coupon-view.js';
import { etagOf, versionMatched } from '../catalog/etag.js';
import { ALL_STATES, type ListAllCouponsQuery, listAllCouponsQuery } from '../catalog/list-coupons.query.js';
import { couponIdParameter } from '../http/coupon-id.js';
import { RequestRefused } from '../http/problem.js';
import { BODY_REFUSALS } from '../openapi/call-description.js';
import { Described } from '../openapi/described.js';
import { type ChangeQuantityBody, changeQuantityBody } from './change-quantity.body.js';
import { createCouponBody } from './create-coupon.body.js';
import { editCouponBody } from './edit-coupon.body.js';

/** What the three moves of a coupon have in common. */
const MOVE_CALL = {
  caller: 'operator',
  answers: { 200: { description: 'The coupon, in that state now.', body: operatorCouponViewSchema } },
  refusals: [...BODY_REFUSALS, 'COUPON_NOT_FOUND', 'INVALID_STATE_CHANGE'],
} as const;

/** The operators' calls. Where a command answers a coupon, `asOf` is this process's clock. */
@ApiTags('Operators')
@Controller('admin/v1/coupons')
@UseGuards(AdminGuard)
export class AdminCouponsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Described({
    operationId: 'createCoupon',
    summary: 'Define a coupon; it begins as a draft',
    caller: 'operator',
    answers: { 201: { description: 'The draft.', body: operatorCouponViewSchema, headers: ['Location'] } },
    refusals: BODY_REFUSALS,
  })
  async create(
    @Body({ schema: createCouponBody }) definition: CouponDefinition,
    @ByOperator() by: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorCouponView> {
    const result = await this.commands.execute(new CreateCoupon(definition, by));
    if (result.outcome === 'INVALID') throw invalid(result.faults);
    const { coupon } = result;
    reply.header('location', `/admin/v1/coupons/${coupon.id}`);
    return operatorCouponView(coupon, Date.now());
  }

  @Get()
  @Described({
    operationId: 'listAllCoupons',
    summary: 'All coupons, drafts among them, newest first',
    caller: 'operator',
    answers: { 200: { description: 'A page.', body: operatorCouponPageSchema } },
    refusals: [],
  })
  async list(
    @Query({ schema: listAllCouponsQuery }) { state, cursor, limit }: ListAllCouponsQuery,
  ): Promise<CouponPage<OperatorCouponView>> {
    const { coupons, asOf } = await this.queries.execute(
      new ListCoupons(state ? [state] : ALL_STATES, cursor ?? null, limit + 1),
    );
    return couponPage(coupons, limit, (coupon) => operatorCouponView(coupon, asOf));
  }

  @Get(':couponId')
  @Described({
    operationId: 'getCouponAsOperator',
    summary: 'One coupon, with what only operators see',
    caller: 'operator',
    answers: { 200: { description: 'The coupon.', body: operatorCouponViewSchema, headers: ['ETag'] } },
    refusals: ['COUPON_NOT_FOUND'],
  })
  async get(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorCouponView> {
    const found = await this.queries.execute(new GetCoupon(couponId, 'shown'));
    if (!found) throw new RequestRefused('COUPON_NOT_FOUND');
    reply.header('etag', etagOf([found.coupon]));
    return operatorCouponView(found.coupon, found.asOf);
  }

  @Patch(':couponId')
  @ApiHeader({
    name: 'if-match',
    required: false,
    schema: { type: 'string' },
    description:
      'The `ETag` that is known: the edit is for that version alone. Each issue makes another version.',
  })
  @Described({
    operationId: 'editCoupon',
    summary: 'Change what was defined; what is left out stays as it is',
    description:
      'A draft changes in every field but its type. Later these can be changed: title, window, validity of later issues, returnCancelledUnits, metadata.',
    caller: 'operator',
    answers: {
      200: { description: 'The coupon, as it is now.', body: operatorCouponViewSchema, headers: ['ETag'] },
    },
    refusals: [...BODY_REFUSALS, 'COUPON_NOT_FOUND', 'CLOSED', 'NOT_EDITABLE', 'PRECONDITION_FAILED'],
  })
  async edit(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @Body({ schema: editCouponBody }) edits: CouponEdits,
    @Headers('if-match') ifMatch: string | undefined,
    @ByOperator() by: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OperatorCouponView> {
    const ifVersion = versionMatched(ifMatch, { id: couponId });
    const result = await this.commands.execute(new EditCoupon(couponId, edits, ifVersion, by));
    switch (result.outcome) {
      case 'EDITED':
      case 'UNCHANGED':
        reply.header('etag', etagOf([result.coupon]));
        return operatorCouponView(result.coupon, Date.now());
      case 'NOT_EDITABLE':
        throw new RequestRefused(
          'NOT_EDITABLE',
          `Once a coupon is published this stays as it is: ${result.fields.join(', ')}.`,
        );
      case 'INVALID':
        throw invalid(result.faults);
      case 'VERSION_DIFFERS':
        throw new RequestRefused('PRECONDITION_FAILED');
      case 'CLOSED':
      case 'COUPON_NOT_FOUND':
        throw new RequestRefused(result.outcome);
    }
  }

  @Post(':couponId/open')
  @HttpCode(200)
  @Described({ operationId: 'openCoupon', summary: 'Open a draft, or resume', ...MOVE_CALL })
  open(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @ByOperator() by: Operator,
  ): Promise<OperatorCouponView> {
    return this.move(couponId, 'OPEN', by);
  }

  @Post(':couponId/pause')
  @HttpCode(200)
  @Described({ operationId: 'pauseCoupon', summary: 'Issue no more until it is opened again', ...MOVE_CALL })
  pause(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @ByOperator() by: Operator,
  ): Promise<OperatorCouponView> {
    return this.move(couponId, 'PAUSED', by);
  }

  @Post(':couponId/close')
  @HttpCode(200)
  @Described({ operationId: 'closeCoupon', summary: 'Issue no more, for good', ...MOVE_CALL })
  close(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @ByOperator() by: Operator,
  ): Promise<OperatorCouponView> {
    return this.move(couponId, 'CLOSED', by);
  }

  @Post(':couponId/quantity')
  @HttpCode(200)
  @Described({
    operationId: 'changeQuantity',
    summary: 'Change how many units there are, while they are issued',
    description:
      'Never below what is issued and not given back, or promised. 503: a decrease could not be decided, and the total is as it was.',
    caller: 'operator',
    answers: { 200: { description: 'The coupon, with that total now.', body: operatorCouponViewSchema } },
    refusals: [
      ...BODY_REFUSALS,
      'COUPON_NOT_FOUND',
      'CLOSED',
      'DECREASE_UNDER_WAY',
      'QUANTITY_BELOW_CLAIMED',
    ],
  })
  async changeQuantity(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @Body({ schema: changeQuantityBody }) { total }: ChangeQuantityBody,
    @ByOperator() by: Operator,
  ): Promise<OperatorCouponView> {
    const result = await this.commands.execute(new ChangeQuantity(couponId, total, by));
    switch (result.outcome) {
      case 'CHANGED':
        return operatorCouponView(result.coupon, Date.now());
      case 'REFUSED':
        throw new RequestRefused(result.code);
      case 'GATE_AWAY':
        throw new RequestRefused(
          'UNAVAILABLE',
          'The gate cannot be asked at the moment; the total is as it was.',
        );
      case 'COUPON_NOT_FOUND':
        throw new RequestRefused('COUPON_NOT_FOUND');
    }
  }

  private async move(couponId: CouponId, to: PublishedState, by: Operator): Promise<OperatorCouponView> {
    const result = await this.commands.execute(new MoveCoupon(couponId, to, by));
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

const invalid = (faults: readonly { field: string; fault: string }[]): RequestRefused =>
  new RequestRefused('VALIDATION_FAILED', faults.map(({ field, fault }) => `${field}: ${fault}`).join('; '));
