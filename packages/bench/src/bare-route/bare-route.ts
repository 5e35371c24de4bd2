import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

/**
 * The yardstick: what this machine gives today for a route of the same path, the same kind of answer schema and the
 * same check of the caller, when nothing is decided at all. Every rate of the system is read as a ratio to this one.
 */
const USER_ID = /^[A-Za-z0-9._:|@-]{1,64}$/;

const answerSchema = {
  type: 'object',
  properties: {
    couponId: { type: 'integer' },
    userId: { type: 'string' },
    ticket: { type: 'integer' },
    status: { type: 'string' },
    position: { type: 'integer' },
    estimatedWaitMs: { type: 'integer' },
    receipt: { type: 'string' },
    links: { type: 'object', properties: { self: { type: 'string' } } },
  },
};

const problemSchema = { type: 'object', properties: { code: { type: 'string' } } };

const constantAnswer = {
  couponId: 1,
  ticket: 1,
  status: 'PENDING',
  position: 0,
  estimatedWaitMs: 0,
  receipt: '1.00000000.1.1.1.1700000000000.AAAAAAAAAAAAAAAAAAAAAA',
  links: { self: '/v2/coupons/1/issues/me' },
};

const server = fastify({ logger: false });
server.post(
  '/v2/coupons/:couponId/issues',
  { schema: { response: { 202: answerSchema, 401: problemSchema } } },
  (request, reply) => {
    const userId = request.headers['x-user-id'];
    if (typeof userId !== 'string' || !USER_ID.test(userId)) {
      reply.code(401).send({ code: 'UNAUTHENTICATED' });
      return;
    }
    reply.code(202).send({ ...constantAnswer, userId });
  },
);

server.get('/metrics', (_, reply) => {
  const { user, system } = process.cpuUsage();
  reply.type('text/plain').send(`process_cpu_seconds_total ${(user + system) / 1e6}\n`);
});

await server.listen({ host: '127.0.0.1', port: 0 });
process.send?.((server.server.address() as AddressInfo).port);
// The channel closes with the parent, however that ends: this process never outlives it.
process.once('disconnect', () => process.exit(0));
