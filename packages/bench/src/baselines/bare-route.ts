import fastify from 'fastify';
import { claimSchema, constantClaim, problemSchema } from './answer-schemas.js';
import { callerOf } from './caller.js';
import { serveBaseline } from './serve-baseline.js';

/**
 * The yardstick: what this machine gives today for a route of the same path, the same kind of answer schema and the
 * same check of the caller, when nothing is decided at all. Every rate of the system is read as a ratio to this one.
 */
const server = fastify({ logger: false });
server.post(
  '/v2/coupons/:couponId/issues',
  { schema: { response: { 202: claimSchema, 401: problemSchema } } },
  ({ headers }, reply) => {
    const userId = callerOf(headers);
    if (userId === null) reply.code(401).send({ code: 'UNAUTHENTICATED' });
    else reply.code(202).send({ ...constantClaim, userId });
  },
);

await serveBaseline(server);
