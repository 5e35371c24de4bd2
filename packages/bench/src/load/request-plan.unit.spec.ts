import { describe, expect, it } from '@jest/globals';
import { planRequests, userIdOf, userOf } from './request-plan.js';

const shape = { users: 2_000, repeats: 300, total: 100, seed: 42 };

describe('the request plan', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planRequests(shape)).toEqual(planRequests(shape));
    expect(planRequests({ ...shape, seed: 43 })).not.toEqual(planRequests(shape));
  });

  it('begins as this seed always began', () => {
    expect([...planRequests({ users: 8, repeats: 2, total: 2, seed: 1 })]).toEqual([
      2, 1, 1, 6, 7, 4, 3, 0, 5, 2,
    ]);
  });

  it('lets every user ask at least once, and repeats come on top', () => {
    const plan = planRequests(shape);
    expect(plan.length).toBe(2_300);
    expect(new Set(plan).size).toBe(2_000);
    expect(Math.max(...plan)).toBe(1_999);
  });

  it('shuffles', () => {
    const inPlace = planRequests({ ...shape, repeats: 0 }).filter((user, rank) => user === rank);
    expect(inPlace.length).toBeLessThan(20);
  });

  it('spreads the repeats over the run, some of them double clicks of likely winners', () => {
    const plan = planRequests(shape);
    const seen = new Set<number>();
    const repeatedAt: number[] = [];
    let doubleClicks = 0;
    plan.forEach((user, at) => {
      if (seen.has(user)) repeatedAt.push(at);
      if (at > 0 && at < 200 && plan[at - 1] === user) doubleClicks++;
      seen.add(user);
    });
    expect(repeatedAt.length).toBe(300);
    expect(doubleClicks).toBeGreaterThan(10);
    for (const quarter of [0, 1, 2, 3]) {
      const within = repeatedAt.filter((at) => Math.floor((at * 4) / plan.length) === quarter);
      expect(within.length).toBeGreaterThan(20);
    }
  });

  it('plans a rush of one', () => {
    expect([...planRequests({ users: 1, repeats: 2, total: 1, seed: 0 })]).toEqual([0, 0, 0]);
  });

  it('finds the user behind an id of the run and nobody behind another', () => {
    expect(userOf(userIdOf(1_999), 2_000)).toBe(1_999);
    expect([userOf('2001', 2_000), userOf('0', 2_000), userOf('01', 2_000), userOf('a1', 2_000)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
