import fastify from 'fastify';
import { Redis, type Result } from 'ioredis';
import { claimSchema, constantClaim, problemSchema } from './answer-schemas.js';
import { baselineKeys } from './baseline-keys.js';
import { callerOf } from './caller.js';
import { serveBaseline } from './serve-baseline.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    decideForOne(
      coupon: string,
      claims: string,
      queue: string,
      user: string,
      couponId: number,
    ): Result<number, Context>;
  }
}

/**
 * The system's decision (earlier claim, window, state, capacity, ticket, queue entry) as one script call for each
 * request: what batching is worth is the difference to this.
 */
const DECIDE = `
local held = redis.call('HGET', KEYS[2], ARGV[1])
if held then return tonumber(held) end
local coupon = redis.call('HMGET', KEYS[1], 'state', 'startsAt', 'endsAt', 'capacity', 'tickets')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(coupon[2]) or now >= tonumber(coupon[3]) or coupon[1] ~= 'OPEN' then return -2 end
if tonumber(coupon[5]) >= tonumber(coupon[4]) then return -1 end
local ticket = redis.call('HINCRBY', KEYS[1], 'tickets', 1)
redis.call('HSET', KEYS[2], ARGV[1], ticket)
redis.call('XADD', KEYS[3], '*', 'c', ARGV[2], 'u', ARGV[1], 't', ticket, 'a', now)
return ticket`;

const SOLD_OUT = -1;

const redis = new Redis(process.env.REDIS_URL!);
redis.defineCommand('decideForOne', { numberOfKeys: 3, lua: DECIDE });

const server = fastify({ logger: false });
server.post<{ Params: { couponId: string } }>(
  '/v2/coupons/:couponId/issues',
  { schema: { response: { 202: claimSchema, 401: problemSchema, 409: problemSchema } } },
  async ({ params, headers }, reply) => {
    const userId = callerOf(headers);
    if (userId === null) return reply.code(401).send({ code: 'UNAUTHENTICATED' });
    const couponId = Number(params.couponId);
    const { coupon, claims, queue } = baselineKeys(couponId);
    const ticket = await redis.decideForOne(coupon, claims, queue, userId, couponId);
    if (ticket > 0) return reply.code(202).send({ ...constantClaim, couponId, userId, ticket });
    return reply.code(409).send({ code: ticket === SOLD_OUT ? 'SOLD_OUT' : 'CLOSED' });
  },
);

await serveBaseline(server);
