import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf } from '../adapters/mysql/database.js';
import { type Transaction, UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import type { CouponId } from '../coupon/ids.js';
import type { IssuedCoupon } from '../coupon/issue.js';
import { SettleQueueBatch } from '../issuance/settle-queue-batch.js';
import { OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';

const HINT_MS_MAX = 60_000;

/** Counts the deadlocks that the unit of work gets over by itself. */
class CountingUnitOfWork extends UnitOfWork {
  deadlocks = 0;

  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return super.run((tx) =>
      work(tx).catch((cause) => {
        if (codeOf(cause) === 'ER_LOCK_DEADLOCK') this.deadlocks += 1;
        throw cause;
      }),
    );
  }
}

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;
let coupon: CouponId;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  core = await CoreProcess.create(database, fresh, 'one');
});

afterAll(async () => {
  await core?.stop();
  await fresh?.close();
  await database?.drop();
});

const v1 = (name: string) => core.issueCoupon.execute(coupon, user(name));
const v2 = (name: string) => core.requestCoupon.execute(coupon, user(name), null);
const drain = async () => {
  const batch = await core.queue.readNew(0, 500);
  return batch && new SettleQueueBatch(core.store, core.queue).execute(batch);
};
const soldOut = { outcome: 'REFUSED', code: 'SOLD_OUT' };

describe('the unit of a cancelled issue at the V2 door (I12)', () => {
  beforeEach(async () => {
    await fresh.redis.del(fresh.keys.queue(0));
    coupon = (await core.open({ totalQuantity: 1, issueMode: 'BOTH', returnCancelledUnits: true })).id;
    await v2('ann');
    await drain();
    expect(await v2('ben')).toEqual(soldOut);
  });

  /** Ben asks again and again, until the gate knows of the unit and sells it; nobody sweeps meanwhile. */
  const benGetsIn = async () => {
    const deadlineAt = Date.now() + HINT_MS_MAX;
    while ((await v2('ben')).outcome !== 'CLAIM') {
      if (Date.now() > deadlineAt) throw new Error('The gate was never told.');
      await sleep(5);
    }
  };

  it('is offered once, as soon as the gate hears the hint', async () => {
    expect(await core.cancel(coupon, 1, user('ann'))).toMatchObject({ outcome: 'TAKEN_BACK' });
    await benGetsIn();
    expect(await v2('cat')).toEqual(soldOut);
    expect(await core.cancel(coupon, 1, user('ann'))).toMatchObject({ outcome: 'REPEATED' });
    await core.sweeper.sweep();
    expect([await v2('cat'), await v1('cat')]).toMatchObject([soldOut, { outcome: 'ISSUED' }]);
  });

  it('is offered by the sweeper where the hint was lost', async () => {
    await core.store.takeBack(coupon, [{ issueNumber: 1, owner: null, by: OPERATOR }], 'CANCELLED');
    expect(await v2('ben')).toEqual(soldOut);
    await core.sweeper.sweep();
    await benGetsIn();
    expect(await v2('cat')).toEqual(soldOut);
  });

  it('does not come back to whoever cancelled, who reads the same issue at each door', async () => {
    await core.cancel(coupon, 1, user('ann'));
    await core.sweeper.sweep();
    const issue = { issueNumber: 1, lifecycle: 'CANCELLED' };
    expect(await v1('ann')).toMatchObject({ outcome: 'REPEATED', issue });
    expect(await v2('ann')).toMatchObject({ view: { status: 'ISSUED', issue } });
    expect(await core.readClaimStatus.execute(coupon, user('ann'), null)).toMatchObject({
      view: { status: 'ISSUED', issue },
    });
    await benGetsIn();
    await drain();
    expect((await finalRows(database, coupon)).map((row) => [row.user, row.number])).toEqual([
      ['ann', 1],
      ['ben', 2],
    ]);
  });

  it('is counted by a rebuilt gate, no more and no less', async () => {
    await core.store.takeBack(coupon, [{ issueNumber: 1, owner: null, by: OPERATOR }], 'REVOKED');
    await core.rebuild.execute({ couponId: coupon, shard: 0 });
    expect(await v2('ben')).toMatchObject({ outcome: 'CLAIM' });
    expect(await v2('cat')).toEqual(soldOut);
  });
});

describe('a hundred cancellations at once on a hot coupon', () => {
  const counting: CountingUnitOfWork[] = [];
  const processes: CoreProcess[] = [];

  beforeAll(async () => {
    for (const name of ['storm-1', 'storm-2']) {
      const unitOfWork = new CountingUnitOfWork(database.pool);
      counting.push(unitOfWork);
      processes.push(await CoreProcess.create(database, fresh, name, { unitOfWork }));
    }
  });

  afterAll(() => Promise.all(processes.map((each) => each.stop())));

  it('neither deadlock nor give back too much, while as many newcomers ask at both doors (I1, I12)', async () => {
    const [one, two] = processes as [CoreProcess, CoreProcess];
    const total = 100;
    coupon = (await one.open({ totalQuantity: total, issueMode: 'BOTH', returnCancelledUnits: true })).id;
    const owners = users(total);
    const issues = await Promise.all(owners.map((owner) => one.issueCoupon.execute(coupon, owner)));
    for (const each of processes) each.startWorker();

    const cancelAll = (by: CoreProcess) =>
      Promise.all(
        issues.map((answer) =>
          answer.outcome === 'ISSUED' ? cancelUntilAnswered(by, answer.issue) : answer.outcome,
        ),
      );
    const newcomers = users(total, 'new').map((name, i) =>
      i % 2 === 0 ? one.issueCoupon.execute(coupon, name) : two.requestCoupon.execute(coupon, name, null),
    );
    const outcomes = await Promise.all([cancelAll(one), cancelAll(two)]);
    await Promise.all(newcomers);
    expect(new Set(outcomes.flat())).toEqual(new Set(['TAKEN_BACK', 'REPEATED']));
    while ((await one.queue.depth(0)) > 0) await sleep(10);

    const { issuedQuantity, givenBack } = await readCoupon(database, coupon);
    expect(givenBack).toBe(total);
    expect(issuedQuantity).toBeLessThanOrEqual(2 * total);
    const given = (await finalRows(database, coupon)).flatMap(({ number }) => number ?? []);
    expect(given).toEqual(Array.from({ length: issuedQuantity }, (_, i) => i + 1));
    expect(counting.map(({ deadlocks }) => deadlocks)).toEqual([0, 0]);
  });

  /** As a client does that was answered 503. */
  async function cancelUntilAnswered(
    by: CoreProcess,
    { issueNumber, userId }: IssuedCoupon,
  ): Promise<string> {
    for (;;) {
      const { outcome } = await by.cancel(coupon, issueNumber, userId);
      if (outcome !== 'UNAVAILABLE') return outcome;
    }
  }
});
