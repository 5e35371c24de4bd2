import { afterEach, describe, expect, it } from '@jest/globals';
import { violationsOf } from '../testing/check-evidence.js';
import { CoreProcess } from '../testing/core-process.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { Rush, type RushShape } from '../testing/rush.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import type { Pace } from './issuance-queue.js';

const random = seededRandom(printedSeed());
const CLOSE: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of CLOSE.splice(0).reverse()) await close();
});

async function twoProcesses(pace: Pace | null) {
  const database = await TestDatabase.create();
  CLOSE.push(() => database.drop());
  const fresh = await FreshRedis.withQueue('line');
  CLOSE.push(() => fresh.close());
  const processes = await Promise.all(
    ['one', 'two'].map((name) => CoreProcess.create(database, fresh, name, { pace })),
  );
  CLOSE.push(async () => {
    await Promise.all(processes.map((each) => each.stop()));
  });
  for (const each of processes) each.startWorker();
  return (shape: RushShape) => new Rush(database, fresh, processes, random).run(shape);
}

describe('a rush through two processes over a waiting line, counted again from outside (I1–I7, I11, I12)', () => {
  it.each<[string, Pace | null]>([
    ['without a pace', null],
    ['ten claims of a coupon in 50 ms', { claims: 10, ms: 50 }],
  ])('on three coupons at once, %s', async (_what, pace) => {
    const run = await twoProcesses(pace);
    const evidence = await Promise.all([
      run({ issueMode: 'ASYNC', total: 60, users: 400, requests: 1_000 }),
      run({ issueMode: 'BOTH', total: 60, users: 400, requests: 1_000 }),
      run({ issueMode: 'ASYNC', total: 40, users: 300, requests: 700, cancelling: 0.4 }),
    ]);
    expect(evidence.map(violationsOf)).toEqual([[], [], []]);
    for (const { told, counted } of evidence) {
      expect(told.filter(({ answer }) => answer.kind === 'NO_ANSWER')).toEqual([]);
      expect(counted).toBeGreaterThanOrEqual(40);
    }
  });
});
