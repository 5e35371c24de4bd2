import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import type { GuardsOff } from './guards.js';
import { attemptsToShorten, describeViolation, shorten } from './shorten.js';
import type { Step } from './steps.js';

const off: GuardsOff = { noFence: true };
const SEED = 253;

describe('shortening', () => {
  it('keeps the steps that are needed and leaves out the others', () => {
    const ticks = Array.from({ length: 40 }, (_, i): Step => ({ name: 'tick', ms: i }));
    const needed = [ticks[3], ticks[17], ticks[38]];
    const attempts = attemptsToShorten(ticks);
    let next = attempts.next();
    while (!next.done) {
      const { value } = next;
      next = attempts.next(needed.every((step) => step !== undefined && value.includes(step)));
    }
    expect(next.value).toEqual(needed);
  });

  it('of a broken run still breaks the same invariant', () => {
    const run = explore(SEED, {}, off);
    const short = shorten(run, off);
    expect(short.violation?.invariant).toBe('I7');
    expect(short.performed.length).toBeLessThan(10);
    expect(short.performed.length).toBeLessThan(run.schedule.length);
  });

  it('is printed with the seed, the campaign and the steps', () => {
    const text = describeViolation(explore(SEED, {}, off), off);
    expect(text).toContain(`seed ${SEED}: I7 broken`);
    expect(text).toContain('"mode":');
    expect(text).toContain('rebuild-step');
  });
});
