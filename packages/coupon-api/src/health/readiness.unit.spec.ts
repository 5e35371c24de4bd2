import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

const breakers = { database: 'CLOSED', gate: 'CLOSED' } as const;

describe('Readiness', () => {
  it.each([
    ['up', 'up', 'up'],
    ['down', 'up', 'up'],
    ['up', 'down', 'up'],
    ['down', 'down', 'down'],
  ] as const)('database %s, gate %s: %s', async (database, gate, status) => {
    const readiness = new Readiness(async () => ({ database, gate, breakers }));
    expect(await readiness.report()).toEqual({ status, database, gate, breakers });
  });

  it.each([
    ['OPEN', 'CLOSED', 'up'],
    ['CLOSED', 'HALF_OPEN', 'up'],
    ['OPEN', 'OPEN', 'down'],
  ] as const)(
    'a door whose server is left alone does not work: database %s, gate %s: %s',
    async (database, gate, status) => {
      const readiness = new Readiness(async () => ({
        ...{ database: 'up', gate: 'up' },
        breakers: { database, gate },
      }));
      expect(await readiness.report()).toMatchObject({ status, breakers: { database, gate } });
    },
  );

  it('shows the breaker of a broker where there is one, whatever it says', async () => {
    const all = { ...breakers, broker: 'OPEN' } as const;
    const readiness = new Readiness(async () => ({ database: 'up', gate: 'up', breakers: all }));
    expect(await readiness.report()).toMatchObject({ status: 'up', breakers: all });
  });

  it('is down on the way out, and where nobody can say', async () => {
    const leaving = new Readiness(async () => ({ database: 'up', gate: 'up', breakers }));
    leaving.beginShutdown();
    expect(await leaving.report()).toEqual({ status: 'draining', database: 'up', gate: 'up', breakers });
    const mute = new Readiness(() => Promise.reject(new Error('no')));
    expect(await mute.report()).toEqual({ status: 'down', database: 'down', gate: 'down', breakers });
  });
});
