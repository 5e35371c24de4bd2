import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { type Coupon, type CouponId, GetCoupon, ListCoupons, type ReadFrom } from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { couponIdParameter } from '../http/coupon-id.js';
import { RequestRefused } from '../http/problem.js';
import { Described } from '../openapi/described.js';
import { type CouponPage, couponPage, couponPageSchema } from './coupon-page.js';
import { type CouponView, couponView, couponViewSchema } from './coupon-view.js';
import { etagOf, matchesEtag } from './etag.js';
import { type ListCouponsQuery, listCouponsQuery, PUBLIC_STATES } from './list-coupons.query.js';

const IF_NONE_MATCH = {
  name: 'if-none-match',
  required: false,
  schema: { type: 'string' },
  description: 'The `ETag` that is known already.',
};
const NOT_MODIFIED = { description: 'Nothing has changed.', headers: ['ETag', 'X-Cache'] } as const;

/** Coupons as everybody may see them; a DRAFT does not exist here. */
@ApiTags('Coupons')
@Controller('v1/coupons')
export class CouponsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiHeader(IF_NONE_MATCH)
  @Described({
    operationId: 'listCoupons',
    summary: 'The coupons that are not drafts, newest first',
    caller: 'anybody',
    answers: {
      200: { description: 'A page.', body: couponPageSchema, headers: ['ETag', 'X-Cache'] },
      304: NOT_MODIFIED,
    },
    refusals: ['VALIDATION_FAILED'],
  })
  async list(
    @Query({ schema: listCouponsQuery }) { state, cursor, limit }: ListCouponsQuery,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CouponPage<CouponView> | undefined> {
    const { coupons, asOf } = await this.queries.execute(
      new ListCoupons(state ? [state] : PUBLIC_STATES, cursor ?? null, limit + 1),
    );
    if (isNotModified(reply, coupons, 'DB', ifNoneMatch)) return undefined;
    return couponPage(coupons, limit, (coupon) => couponView(coupon, asOf));
  }

  @Get(':couponId')
  @ApiHeader(IF_NONE_MATCH)
  @Described({
    operationId: 'getCoupon',
    summary: 'One coupon',
    caller: 'anybody',
    answers: {
      200: { description: 'The coupon.', body: couponViewSchema, headers: ['ETag', 'X-Cache'] },
      304: NOT_MODIFIED,
    },
    refusals: ['VALIDATION_FAILED', 'COUPON_NOT_FOUND'],
  })
  async get(
    @Param('couponId', { schema: couponIdParameter }) couponId: CouponId,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CouponView | undefined> {
    const found = await this.queries.execute(new GetCoupon(couponId, 'hidden'));
    if (!found) throw new RequestRefused('COUPON_NOT_FOUND');
    if (isNotModified(reply, [found.coupon], found.from, ifNoneMatch)) return undefined;
    return couponView(found.coupon, found.asOf);
  }
}

/** Sets what both calls say about caching; true where the client has this already. */
function isNotModified(
  reply: FastifyReply,
  coupons: readonly Coupon[],
  from: ReadFrom,
  ifNoneMatch: string | undefined,
): boolean {
  const etag = etagOf(coupons);
  reply.headers({ etag, 'x-cache': from, 'cache-control': 'no-cache' });
  if (!matchesEtag(ifNoneMatch, etag)) return false;
  reply.code(304);
  return true;
}
