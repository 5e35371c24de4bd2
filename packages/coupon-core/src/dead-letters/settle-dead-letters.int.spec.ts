import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MysqlAuditLog } from '../adapters/mysql/audit-log.mysql.js';
import { MysqlDeadLetterStore } from '../adapters/mysql/dead-letter-store.mysql.js';
import { type Coupon, capacity, live } from '../coupon/coupon.js';
import { SettleQueueBatch } from '../issuance/settle-queue-batch.js';
import { OPERATOR, user } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { RetryDeadLetters } from './retry-dead-letters.js';
import { SettleDeadLetters } from './settle-dead-letters.js';

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;
let store: MysqlDeadLetterStore;
let letters: SettleDeadLetters;
let coupon: Coupon;
/** Made by the first attempt, of a user whose row the database refuses for the time being. */
let id: number;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  core = await CoreProcess.create(database, fresh, 'one');
  store = new MysqlDeadLetterStore(database.dataSource, database.unitOfWork());
  letters = new SettleDeadLetters(store, core.gate);
});

beforeEach(async () => {
  await database.query('DELETE FROM dead_letters');
  await database.query('DELETE FROM audit_log');
  coupon = await core.open({ totalQuantity: 2, issueMode: 'BOTH' });
  await mendTheCause();
  await refusePoison();
  await admit('poison', 'a');
  await drain();
  const kept = await store.list({ state: 'WAITING', couponId: coupon.id, beforeId: null, limit: 2 });
  expect(kept).toHaveLength(1);
  id = kept[0]!.id;
});

afterAll(async () => {
  await core?.stop();
  await fresh?.close();
  await database?.drop();
});

let refuses = false;
async function refusePoison(): Promise<void> {
  if (!refuses) {
    const check = `CHECK (user_id <> 'poison' OR status <> 'ISSUED' OR coupon_id <> ${coupon.id})`;
    await database.query(`ALTER TABLE coupon_issues ADD CONSTRAINT refused ${check}`);
  }
  refuses = true;
}
async function mendTheCause(): Promise<void> {
  if (refuses) await database.query('ALTER TABLE coupon_issues DROP CONSTRAINT refused');
  refuses = false;
}
const admit = async (...names: string[]) => {
  const at = { couponId: coupon.id, shard: coupon.shard };
  for (const name of names) await core.gate.claim(at, user(name), false);
};
/** A gate that has a unit again gives it away after a delay. */
const admittedInTheEnd = async (name: string) => {
  const at = { couponId: coupon.id, shard: coupon.shard };
  while ((await core.gate.claim(at, user(name), false)).outcome !== 'HELD') await sleep(50);
};
const drain = async () => {
  const batch = await core.queue.readNew(0, 500);
  if (batch) await new SettleQueueBatch(core.store, core.queue).execute(batch);
};
const rows = async () =>
  (await finalRows(database, coupon.id)).map((row) => `${row.user} ${row.status} ${row.number}`);
const audited = async () =>
  (
    await new MysqlAuditLog(database.dataSource, database.unitOfWork()).list({
      couponId: coupon.id,
      beforeId: null,
      limit: 9,
    })
  ).map(({ action }) => action);
const leftAtGate = async () => {
  const now = await readCoupon(database, coupon.id);
  const given = Number(await fresh.redis.hget(fresh.keys.gate(coupon.shard, coupon.id), 'admitted'));
  return capacity(now) - given;
};

describe('a dead letter', () => {
  it('keeps its unit while it is open', async () => {
    expect(await rows()).toEqual(['a ISSUED 1']);
    expect(await store.find(id)).toMatchObject({
      ...{ state: 'WAITING', couponId: coupon.id, attempts: 1 },
      claim: { userId: 'poison', ticket: 1 },
    });
    expect(await leftAtGate()).toBe(0);
    expect(await store.countOpen()).toEqual({ waiting: 1, permanentFailures: 0 });
  });

  it('fails again for as long as its cause is there, and is tried when its time has come', async () => {
    const rounds = new RetryDeadLetters(store, letters);
    expect(await rounds.retryDue()).toBe(0);
    expect((await store.find(id))?.attempts).toBe(1);
    for (let round = 1; round <= 5; round += 1) {
      await database.query('UPDATE dead_letters SET next_attempt_at = UTC_TIMESTAMP(3)');
      expect(await rounds.retryDue()).toBe(0);
    }
    expect(await store.find(id)).toMatchObject({ state: 'PERMANENT_FAILURE', attempts: 6 });
    expect(await store.countOpen()).toEqual({ waiting: 0, permanentFailures: 1 });
    expect(await store.findDue(9)).toEqual([]);
    expect(await audited()).toEqual(['OPEN', 'CREATE']);
    expect(await letters.retry(id, OPERATOR)).toMatchObject({ outcome: 'FAILED_AGAIN' });
    expect(await audited()).toEqual(['RETRY_DEAD_LETTER', 'OPEN', 'CREATE']);
    expect(await rows()).toEqual(['a ISSUED 1']);
  });

  it('is settled once its cause is mended, once, however often it is tried and by whomever', async () => {
    await mendTheCause();
    const outcomes = await Promise.all([1, 2, 3].map(() => letters.retry(id, OPERATOR)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['SETTLED', 'SETTLED', 'SETTLED']);
    expect(await rows()).toEqual(['a ISSUED 1', 'poison ISSUED 2']);
    expect(live(await readCoupon(database, coupon.id))).toBe(2);
    expect(await audited()).toEqual(['RETRY_DEAD_LETTER', 'OPEN', 'CREATE']);
    expect(await letters.discard(id, OPERATOR)).toMatchObject({ outcome: 'NOT_POSSIBLE' });
  });

  it('is given up once: its holder is rejected, and the unit is offered again once (I12)', async () => {
    const outcomes = await Promise.all([1, 2].map(() => letters.discard(id, OPERATOR)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['DISCARDED', 'DISCARDED']);
    expect(await core.readClaimStatus.execute(coupon.id, user('poison'), null)).toMatchObject({
      view: { status: 'REJECTED', issue: { reason: 'DISCARDED' } },
    });
    expect(await leftAtGate()).toBe(1);
    expect(await audited()).toEqual(['DISCARD_DEAD_LETTER', 'OPEN', 'CREATE']);
    expect(await letters.retry(id, OPERATOR)).toMatchObject({ outcome: 'NOT_POSSIBLE' });
    await core.sweeper.sweep();
    await admittedInTheEnd('b');
    await admit('c');
    await drain();
    expect(await rows()).toEqual(['a ISSUED 1', 'b ISSUED 2', 'poison REJECTED null']);
  });

  it('does not count for a new gate once it is decided, and counts while it is open', async () => {
    const at = { couponId: coupon.id, shard: coupon.shard };
    expect(await core.rebuild.execute(at)).toMatchObject({ unsettled: 1 });
    await mendTheCause();
    await letters.retry(id, null);
    expect(await core.rebuild.execute(at)).toMatchObject({ unsettled: 0 });
    expect(await leftAtGate()).toBe(0);
    expect(await audited()).toEqual(['OPEN', 'CREATE']);
  });

  it('returns its unit where its holder was issued a coupon by V1 meanwhile', async () => {
    await mendTheCause();
    await core.store.issueNow(coupon.id, [user('poison')]);
    expect(await letters.retry(id, OPERATOR)).toMatchObject({ outcome: 'SETTLED' });
    expect(await rows()).toEqual(['a ISSUED 1', 'poison ISSUED 2']);
    expect(await readCoupon(database, coupon.id)).toMatchObject({ returned: 1, issuedByV1: 1 });
  });

  it('is purged when it was decided long enough ago, and never while it is open', async () => {
    const decided = async (ageSeconds: number, state: string) => {
      await database.query(
        `INSERT INTO dead_letters (source_key, state, payload, cause, created_at, updated_at)
           VALUES (?, ?, '{}', 'A test.', '2020-01-01', UTC_TIMESTAMP(3) - INTERVAL ? SECOND)`,
        [`${state} ${ageSeconds}`, state, ageSeconds],
      );
    };
    for (const state of ['SETTLED', 'DISCARDED', 'WAITING', 'PERMANENT_FAILURE']) {
      for (const ageSeconds of [61, 62, 30]) await decided(ageSeconds, state);
    }
    expect(await store.purge(60, 3)).toBe(3);
    expect(await store.purge(60, 3)).toBe(1);
    expect(await store.purge(60, 10)).toBe(0);
    const left = await database.query<{ name: string }>(
      "SELECT source_key AS name FROM dead_letters WHERE cause = 'A test.' ORDER BY id",
    );
    expect(left.map(({ name }) => name)).toEqual([
      ...['SETTLED 30', 'DISCARDED 30'],
      ...['WAITING 61', 'WAITING 62', 'WAITING 30'],
      ...['PERMANENT_FAILURE 61', 'PERMANENT_FAILURE 62', 'PERMANENT_FAILURE 30'],
    ]);
  });

  it('that nobody can read is only given up', async () => {
    await fresh.redis.xadd(fresh.keys.queue(0), '*', 'what', 'is this');
    await drain();
    const [unreadable] = await store.list({ state: 'WAITING', couponId: null, beforeId: null, limit: 1 });
    expect(unreadable).toMatchObject({ couponId: null, claim: null, nextAttemptAt: null });
    expect(await letters.retry(unreadable!.id, OPERATOR)).toMatchObject({ outcome: 'NOT_POSSIBLE' });
    expect(await letters.discard(unreadable!.id, OPERATOR)).toMatchObject({ outcome: 'DISCARDED' });
    expect(await letters.retry(99_999_999, OPERATOR)).toEqual({ outcome: 'NOT_FOUND' });
  });
});
