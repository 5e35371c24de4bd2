import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

describe('Readiness', () => {
  it.each([
    ['up', 'up', 'up'],
    ['down', 'up', 'down'],
    ['up', 'down', 'down'],
  ] as const)('database %s, gate %s: %s', async (database, gate, status) => {
    const readiness = new Readiness(async () => ({ database, gate, lagMs: 5 }));
    expect(await readiness.report()).toEqual({ status, database, gate, lagMs: 5 });
  });

  it('is down on the way out, and where nobody can say', async () => {
    const leaving = new Readiness(async () => ({ database: 'up', gate: 'up', lagMs: 0 }));
    leaving.beginShutdown();
    expect(await leaving.report()).toEqual({ status: 'draining', database: 'up', gate: 'up', lagMs: 0 });
    const mute = new Readiness(() => Promise.reject(new Error('no')));
    expect(await mute.report()).toEqual({ status: 'down', database: 'down', gate: 'down', lagMs: null });
  });
});
