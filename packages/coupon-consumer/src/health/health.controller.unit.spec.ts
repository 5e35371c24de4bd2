import { describe, expect, it } from '@jest/globals';
import { Startup } from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

function reply() {
  const said = { status: 0, cacheControl: '' };
  const stub = {
    code(status: number) {
      said.status = status;
      return stub;
    },
    header(_name: string, value: string) {
      said.cacheControl = value;
      return stub;
    },
  };
  return { said, stub: stub as unknown as FastifyReply };
}

describe('GET /health/startup', () => {
  it('is 503 until all loops have begun, then 200 for good', async () => {
    const startup = new Startup();
    const readiness = new Readiness(() => Promise.reject(new Error('no server answers')));
    const controller = new HealthController(readiness, startup);
    const early = reply();
    expect(controller.startup(early.stub)).toEqual({ status: 'starting' });
    expect(early.said).toEqual({ status: 503, cacheControl: 'no-store' });

    startup.complete();
    readiness.beginShutdown();
    const late = reply();
    expect(controller.startup(late.stub)).toEqual({ status: 'up' });
    expect(late.said).toEqual({ status: 200, cacheControl: 'no-store' });
    expect((await controller.ready(reply().stub)).status).toBe('draining');
  });
});
