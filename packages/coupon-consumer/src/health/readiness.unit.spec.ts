import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

const breakers = { broker: 'CLOSED' } as const;

describe('Readiness', () => {
  it.each([
    ['up', 'up', 'up'],
    ['down', 'up', 'down'],
    ['up', 'down', 'down'],
  ] as const)('database %s, gate %s: %s', async (database, gate, status) => {
    const readiness = new Readiness(async () => ({ database, gate, lagMs: 5, breakers }));
    expect(await readiness.report()).toEqual({ status, database, gate, lagMs: 5, breakers });
  });

  it('is up while the broker of events is left alone, and says so', async () => {
    const health = { database: 'up', gate: 'up', lagMs: 0, breakers: { broker: 'OPEN' } } as const;
    const readiness = new Readiness(async () => health);
    expect(await readiness.report()).toEqual({ status: 'up', ...health });
  });

  it('is down on the way out, and where nobody can say', async () => {
    const leaving = new Readiness(async () => ({ database: 'up', gate: 'up', lagMs: 0, breakers }));
    leaving.beginShutdown();
    expect(await leaving.report()).toMatchObject({
      status: 'draining',
      database: 'up',
      gate: 'up',
      lagMs: 0,
    });
    const mute = new Readiness(() => Promise.reject(new Error('no')));
    expect(await mute.report()).toMatchObject({
      status: 'down',
      database: 'down',
      gate: 'down',
      lagMs: null,
    });
  });
});
