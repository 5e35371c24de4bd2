import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { AnswerDeadlines } from './answer-deadlines.js';

describe('AnswerDeadlines', () => {
  let server: FastifyInstance;
  let deadlines: AnswerDeadlines;
  const replies: FastifyReply[] = [];

  beforeEach(() => {
    deadlines = new AnswerDeadlines(1_000);
    replies.length = 0;
    server = Fastify({ logger: false });
    server.get('/', (_request, reply) => {
      deadlines.begin(reply);
      replies.push(reply);
    });
  });

  afterEach(async () => {
    deadlines.close();
    await server.close();
  });

  const arrived = () => new Promise((resolve) => setImmediate(resolve));

  it('answers 503 for whoever is overdue, once', async () => {
    const pending = server.inject('/');
    while (replies.length === 0) await arrived();
    deadlines.expire(performance.now());
    expect(replies[0]?.sent).toBe(false);
    deadlines.expire(performance.now() + 1_000);
    const answer = await pending;
    expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
      503,
      'UNAVAILABLE',
      '1',
    ]);
    expect(deadlines.end(replies[0] as FastifyReply)).toBe(false);
  });

  it('forgets whoever has been answered', async () => {
    const pending = server.inject('/');
    while (replies.length === 0) await arrived();
    const reply = replies[0] as FastifyReply;
    expect(deadlines.end(reply)).toBe(true);
    deadlines.expire(performance.now() + 1_000);
    reply.send('in time');
    expect((await pending).body).toBe('in time');
  });
});
