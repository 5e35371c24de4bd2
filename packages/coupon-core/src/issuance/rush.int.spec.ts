import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { violationsOf } from '../testing/check-evidence.js';
import { CoreProcess } from '../testing/core-process.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { Rush, type RushShape } from '../testing/rush.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';

const random = seededRandom(printedSeed());

let database: TestDatabase;
let fresh: FreshRedis;
let processes: CoreProcess[];

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  processes = await Promise.all(['one', 'two'].map((name) => CoreProcess.create(database, fresh, name)));
  for (const each of processes) each.startWorker();
});

afterAll(async () => {
  await Promise.all((processes ?? []).map((each) => each.stop()));
  await fresh?.close();
  await database?.drop();
});

describe('a rush through two processes, counted again from outside (I1–I7, I11, I12)', () => {
  it.each([
    { issueMode: 'SYNC', total: 60, users: 400, requests: 1_000 },
    { issueMode: 'ASYNC', total: 60, users: 400, requests: 1_000 },
    { issueMode: 'BOTH', total: 60, users: 400, requests: 1_000 },
    { issueMode: 'BOTH', total: 1, users: 50, requests: 200 },
    // More than enough for everybody: nobody is refused, and the rest stays on offer.
    { issueMode: 'BOTH', total: 500, users: 200, requests: 600 },
  ] as RushShape[])('$issueMode: $requests requests of $users users for $total coupons', async (shape) => {
    const evidence = await new Rush(database, fresh, processes, random).run(shape);
    expect(violationsOf(evidence)).toEqual([]);
    expect(evidence.told.filter(({ answer }) => answer.kind === 'NO_ANSWER')).toEqual([]);
    expect(evidence.counted).toBeGreaterThanOrEqual(Math.min(shape.total, shape.users));
  });

  it.each(['SYNC', 'ASYNC', 'BOTH'] as const)(
    '%s, with cancellations in between: each unit that comes back is issued once more (I12)',
    async (issueMode) => {
      const shape = { issueMode, total: 40, users: 300, requests: 700, cancelling: 0.4 };
      const evidence = await new Rush(database, fresh, processes, random).run(shape);
      expect(violationsOf(evidence)).toEqual([]);
      expect(evidence.told.filter(({ answer }) => answer.kind === 'NO_ANSWER')).toEqual([]);
      expect(evidence.givenBack).toBeGreaterThan(0);
      expect(evidence.counted).toBe(shape.total + evidence.givenBack);
    },
  );

  it.each(['SYNC', 'ASYNC', 'BOTH'] as const)(
    '%s, with a total that is raised and lowered while the last units are taken',
    async (issueMode) => {
      const shape = { issueMode, total: 60, users: 400, requests: 1_000, changing: 20 };
      const rush = new Rush(database, fresh, processes, random);
      const evidence = await rush.run(shape);
      console.log(`${issueMode}: totals ${rush.totals.join(' ')}`);
      expect(violationsOf(evidence)).toEqual([]);
      expect(evidence.told.filter(({ answer }) => answer.kind === 'NO_ANSWER')).toEqual([]);
      expect(evidence.counted).toBe(evidence.total);
      expect(rush.totals.length).toBeGreaterThan(2);
      // With V2's door alone no promise is broken by it.
      if (issueMode === 'ASYNC')
        expect(evidence.rows.filter(({ status }) => status !== 'ISSUED')).toEqual([]);
    },
  );

  it('on three coupons at once, which share the queue and every batch', async () => {
    const shapes: RushShape[] = [
      { issueMode: 'ASYNC', total: 30, users: 200, requests: 400 },
      { issueMode: 'BOTH', total: 30, users: 200, requests: 400 },
      { issueMode: 'BOTH', total: 100, users: 80, requests: 300 },
    ];
    const rushes = shapes.map((shape) => new Rush(database, fresh, processes, random).run(shape));
    expect((await Promise.all(rushes)).map(violationsOf)).toEqual([[], [], []]);
  });
});
