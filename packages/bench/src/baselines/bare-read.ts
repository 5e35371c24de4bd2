import fastify from 'fastify';
import { couponSchema } from './answer-schemas.js';
import { serveBaseline } from './serve-baseline.js';

const TIME = '2026-01-01T00:00:00.000Z';

/** As long as the system's own. */
const constantCoupon = {
  title: 'Bench of reads 100',
  type: 'FIRST_COME_FIRST_SERVED',
  state: 'OPEN',
  issueMode: 'SYNC',
  totalQuantity: 100,
  issuedQuantity: 0,
  remaining: 100,
  discount: { kind: 'FIXED', value: 1_000, maxDiscount: null },
  currency: 'USD',
  minOrderAmount: 0,
  issueStartsAt: TIME,
  issueEndsAt: TIME,
  validForDays: 30,
  expiresAt: null,
  perUserLimit: 1,
  metadata: null,
  asOf: TIME,
};

/** What this machine gives for a route of the same path, headers and answer when nothing is looked up. */
const server = fastify({ logger: false });
server.get<{ Params: { couponId: string } }>(
  '/v1/coupons/:couponId',
  { schema: { response: { 200: couponSchema } } },
  ({ params }, reply) => {
    reply.headers({ etag: `W/"${params.couponId}-1"`, 'x-cache': 'L1', 'cache-control': 'no-cache' });
    reply.send({ id: Number(params.couponId), ...constantCoupon });
  },
);

await serveBaseline(server);
