import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { runInOrder } from './shutdown.js';

const silent = pino({ level: 'silent' });

describe('runInOrder', () => {
  it('begins a step when the one before has ended', async () => {
    const said: string[] = [];
    const step = (name: string) => ({
      name,
      run: async () => {
        said.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        said.push(`${name} ends`);
      },
    });
    expect(await runInOrder([step('a'), step('b')], silent)).toBe(true);
    expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('goes on after a step that fails, and says so', async () => {
    const said: string[] = [];
    const steps = [
      { name: 'a', run: () => Promise.reject(new Error('no')) },
      { name: 'b', run: () => void said.push('b') },
    ];
    expect(await runInOrder(steps, silent)).toBe(false);
    expect(said).toEqual(['b']);
  });
});
