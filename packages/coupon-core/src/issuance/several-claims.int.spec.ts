import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withKey } from '../coupon/claimant.js';
import type { Coupon, IssueMode } from '../coupon/coupon.js';
import type { Claimant } from '../coupon/ids.js';
import { user } from '../testing/a-coupon.js';
import { anEntry } from '../testing/an-entry.js';
import { inShort, LIMIT, type Row, type Told, violationsOf } from '../testing/check-several-claims.js';
import { CoreProcess } from '../testing/core-process.js';
import { readCoupon } from '../testing/coupon-rows.js';
import { eventually } from '../testing/eventually.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { printedSeed, seededRandom, shuffled } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import { ReconcileGate } from './reconcile-gate.js';
import { NOTHING_RELAYED } from './relayed-entries.js';
import { ShrinkGate } from './shrink-gate.js';

const PEOPLE = 40;
/** Twice what one person may have. */
const KEYS = ['k1', 'k2', 'k3', 'k4'];
const TIMES_ASKED = 3;
const TOGETHER_MAX = 60;

const random = seededRandom(printedSeed());

let database: TestDatabase;
let fresh: FreshRedis;
let processes: CoreProcess[];
let core: CoreProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  processes = await Promise.all(['one', 'two'].map((name) => CoreProcess.create(database, fresh, name)));
  core = processes[0]!;
  for (const each of processes) each.startWorker();
});

afterAll(async () => {
  await Promise.all((processes ?? []).map((each) => each.stop()));
  await fresh?.close();
  await database?.drop();
});

type Door = 'V1' | 'V2';
const DOORS: Record<IssueMode, readonly Door[]> = { SYNC: ['V1'], ASYNC: ['V2'], BOTH: ['V1', 'V2'] };

const rowsOf = async ({ id }: Coupon): Promise<Row[]> =>
  (
    await database.query<Row>(
      `SELECT user_id AS person, request_key AS \`key\`, ordinal, status, issue_number AS number, reason
         FROM coupon_issues WHERE coupon_id = ? ORDER BY user_id, ordinal`,
      [id],
    )
  ).map((row) => ({ ...row, number: row.number === null ? null : Number(row.number) }));

const settled = (coupon: Coupon) =>
  eventually(async () => {
    for (const each of processes) await each.sweeper.sweep();
    const untaken = await core.coupons.findUntakenViews(1_000);
    return (
      (await core.queue.depth(coupon.shard)) === 0 &&
      !untaken.some(({ couponId }) => couponId === coupon.id) &&
      Number(await fresh.redis.hget(fresh.keys.gate(coupon.shard, coupon.id), 'sellsFrom')) < Date.now()
    );
  }, true);

/** Everybody asks by all keys, each again and again and at any door; meanwhile the gate is rebuilt. */
async function crowd(coupon: Coupon): Promise<Told[]> {
  const told: Told[] = [];
  let moment = 0;
  const anyOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const ask = async (person: string, key: string, door: Door) => {
    const by = anyOf(processes);
    const sent = ++moment;
    const claimant = withKey(user(person), key);
    const answer =
      door === 'V1'
        ? await by.issueCoupon.execute(coupon.id, claimant)
        : await by.requestCoupon.execute(coupon.id, claimant, null);
    told.push({ person, key, sent, answered: ++moment, answer: inShort(answer) });
  };
  const everybody = Array.from({ length: PEOPLE }, (_, n) =>
    KEYS.map((key) => [`p${n}`, key] as const),
  ).flat();
  const waiting = shuffled(Array(TIMES_ASKED).fill(everybody).flat() as typeof everybody, random);
  const rebuildAt = waiting.length * 0.8;
  const underWay: Promise<unknown>[] = [];
  let rebuilt = coupon.issueMode === 'SYNC';
  while (waiting.length > 0) {
    for (const [person, key] of waiting.splice(0, 1 + Math.floor(random() * TOGETHER_MAX)))
      underWay.push(ask(person, key, anyOf(DOORS[coupon.issueMode])));
    if (!rebuilt && waiting.length < rebuildAt) {
      rebuilt = true;
      underWay.push(core.rebuild.execute({ couponId: coupon.id, shard: coupon.shard }));
    }
    if (random() < 0.3) await Promise.all(underWay);
    else await new Promise(setImmediate);
  }
  await Promise.all(underWay);
  await settled(coupon);
  for (const door of DOORS[coupon.issueMode]) {
    await Promise.all(everybody.map(([person, key]) => ask(person, key, door)));
    await settled(coupon);
  }
  return told;
}

/** The gate counts what its buckets hold, and offers what is left. */
async function expectGateToAgree(coupon: Coupon, issued: number): Promise<void> {
  const { shard, id } = coupon;
  const gate = fresh.keys.gate(shard, id);
  const [capacity, admitted] = await core.gateNumbers(coupon);
  expect(capacity! - admitted!).toBe(coupon.totalQuantity! - issued);
  const [epoch, buckets] = (await fresh.redis.hmget(gate, 'epoch', 'buckets')).map(Number);
  const counted: Record<string, number> = {};
  const held: Record<string, number> = {};
  for (let bucket = 0; bucket < buckets!; bucket += 1) {
    const fields = await fresh.redis.hgetall(fresh.keys.claims(shard, id, epoch!, bucket));
    for (const [field, value] of Object.entries(fields)) {
      const person = field.slice(0, field.indexOf('#'));
      if (field.endsWith('#')) counted[person] = Number(value);
      else held[person] = (held[person] ?? 0) + 1;
    }
  }
  expect(counted).toEqual(held);
}

describe('people who may have two each, through two processes and a rebuild (I1–I5, I7, I11)', () => {
  it.each(['SYNC', 'ASYNC', 'BOTH'] as const)(
    '%s, with enough for everybody: each has two',
    async (issueMode) => {
      const coupon = await core.open({ issueMode, totalQuantity: 1_000, perUserLimit: LIMIT });
      const told = await crowd(coupon);
      const rows = await rowsOf(coupon);
      expect(violationsOf(coupon, rows, told)).toEqual([]);
      const issued = rows.filter(({ status }) => status === 'ISSUED').length;
      expect(issued).toBe(PEOPLE * LIMIT);
      expect(told.filter(({ answer }) => answer === 'ALREADY_ISSUED').length).toBeGreaterThan(0);
      if (issueMode !== 'SYNC') await expectGateToAgree(coupon, issued);
    },
  );

  it.each(['SYNC', 'ASYNC', 'BOTH'] as const)('%s, with too few: all are given', async (issueMode) => {
    const coupon = await core.open({ issueMode, totalQuantity: 50, perUserLimit: LIMIT });
    const told = await crowd(coupon);
    const rows = await rowsOf(coupon);
    expect(violationsOf(coupon, rows, told)).toEqual([]);
    expect(rows.filter(({ status }) => status === 'ISSUED')).toHaveLength(50);
    if (issueMode !== 'SYNC') await expectGateToAgree(coupon, 50);
  });
});

describe('a claim with a key', () => {
  const request = (coupon: Coupon, claimant: string, receipt: string | null = null) =>
    core.requestCoupon.execute(coupon.id, claimant as Claimant, receipt);
  const receiptOf = async (coupon: Coupon, claimant: string): Promise<string> => {
    const answer = await request(coupon, claimant);
    return answer.outcome === 'CLAIM' ? answer.view.receipt! : '';
  };

  it('that Redis lost is brought back by its receipt, which is good for that key alone', async () => {
    const coupon = await core.open({ issueMode: 'ASYNC', totalQuantity: 4, perUserLimit: LIMIT });
    const receipts = [await receiptOf(coupon, 'ann#k1'), await receiptOf(coupon, 'ann#k2')];
    await settled(coupon);
    // As if none of it had come to the rows either.
    await database.query('DELETE FROM coupon_issues WHERE coupon_id = ?', [coupon.id]);
    await database.query('UPDATE coupons SET issued_quantity = 0 WHERE id = ?', [coupon.id]);
    await fresh.redis.del(fresh.keys.gate(coupon.shard, coupon.id));
    await core.rebuild.execute({ couponId: coupon.id, shard: coupon.shard });
    expect(inShort(await request(coupon, 'ann#k3'))).toBe('PENDING');
    expect(inShort(await request(coupon, 'ann#k1', receipts[0]))).toBe('PENDING');
    // Two are taken by now, so that this one cannot be had again, and its loss is recorded.
    expect(inShort(await request(coupon, 'ann#k4', receipts[1]))).toBe('ALREADY_ISSUED');
    await request(coupon, 'ann#k2', receipts[1]);
    await settled(coupon);
    expect((await rowsOf(coupon)).map(({ key, status, reason }) => [key, status, reason])).toEqual([
      ['k3', 'ISSUED', null],
      ['k1', 'ISSUED', null],
      ['k2', 'REJECTED', 'LOST_IN_INCIDENT'],
    ]);
  });

  it('that neither row nor queue knows is driven again, of a coupon without a total as well', async () => {
    const { id } = await core.open({ issueMode: 'ASYNC', totalQuantity: null, perUserLimit: LIMIT });
    const row = () => readCoupon(database, id);
    for (const key of ['k1', 'k2']) await request(await row(), `ann#${key}`);
    await settled(await row());
    const kept = (await rowsOf(await row())).map(({ key }) => key);
    await database.query(`DELETE FROM coupon_issues WHERE coupon_id = ? AND issue_number = 2`, [id]);
    await database.query('UPDATE coupons SET issued_quantity = 1 WHERE id = ?', [id]);
    const reconcile = new ReconcileGate(core.coupons, core.store, core.gate, NOTHING_RELAYED, 0);
    expect(await reconcile.execute([await row()])).toMatchObject([{ scanned: 2, drivenAgain: 1 }]);
    await settled(await row());
    expect((await rowsOf(await row())).map(({ key }) => key)).toEqual(kept);
    expect(await row()).toMatchObject({ issuedQuantity: 2, returned: 0 });
  });

  it('that was cancelled counts, and is repeated as such when the gate has forgotten it', async () => {
    const coupon = await core.open({
      issueMode: 'ASYNC',
      totalQuantity: 9,
      perUserLimit: LIMIT,
      returnCancelledUnits: true,
    });
    for (const key of ['k1', 'k2']) await request(coupon, `ann#${key}`);
    await settled(coupon);
    await core.cancel(coupon.id, 1, user('ann'));
    expect(inShort(await request(coupon, 'ann#k3'))).toBe('ALREADY_ISSUED');
    await database.query(
      `UPDATE coupons SET state = 'CLOSED', gate_version = gate_version + 1 WHERE id = ?`,
      [coupon.id],
    );
    await settled(coupon);
    const shrink = new ShrinkGate(core.store, core.gate);
    expect(await shrink.execute(await readCoupon(database, coupon.id), Date.now())).toBe(true);
    expect(inShort(await request(coupon, 'ann#k1'))).toBe('ISSUED 1');
    expect(inShort(await request(coupon, 'ann#k3'))).toBe('CLOSED');
  });

  it('is refused from memory by the person: whoever has one asks the gate by the next key', async () => {
    const coupon = await core.open({ issueMode: 'ASYNC', totalQuantity: 1, perUserLimit: LIMIT });
    await request(coupon, 'ann#k1');
    await settled(coupon);
    await eventually(async () => {
      await request(coupon, 'ben#k1');
      return core.leases.refuses(coupon.id, user('ben'));
    }, true);
    expect(core.leases.refuses(coupon.id, 'ann#k2' as Claimant)).toBe(false);
    expect(inShort(await request(coupon, 'ann#k2'))).toBe('SOLD_OUT');
    expect(inShort(await request(coupon, 'ben'))).toBe('IDEMPOTENCY_KEY_REQUIRED');
  });

  it('moves with the count of its person while the gate grows', async () => {
    const coupon = await core.open({ issueMode: 'ASYNC', totalQuantity: 100, perUserLimit: LIMIT });
    const people = Array.from({ length: 50 }, (_, n) => `p${n}`);
    await Promise.all(
      people.flatMap((person) => ['k1', 'k2'].map((key) => request(coupon, `${person}#${key}`))),
    );
    await core.change(coupon.id, 1_000);
    await settled(coupon);
    const at = { couponId: coupon.id, shard: coupon.shard };
    await eventually(() => core.gate.grow(at), false);
    expect(await fresh.redis.hget(fresh.keys.gate(at.shard, at.couponId), 'buckets')).toBe('16');
    await expectGateToAgree({ ...coupon, totalQuantity: 1_000 }, 100);
    const again = await Promise.all(people.map((person) => request(coupon, `${person}#k1`)));
    expect(again.map(inShort).filter((answer) => !answer.startsWith('ISSUED'))).toEqual([]);
    const more = await Promise.all(people.map((person) => request(coupon, `${person}#k3`)));
    expect(new Set(more.map(inShort))).toEqual(new Set(['ALREADY_ISSUED']));
  });

  it('is found in line where V1 takes turns by a lock', async () => {
    const coupon = await core.open({ lockStrategy: 'distributed', perUserLimit: LIMIT });
    const issue = async (claimant: string) =>
      inShort(await core.issueCoupon.execute(coupon.id, claimant as Claimant));
    await request(coupon, 'ann#k1');
    const answers = await Promise.all(['ann#k1', 'ann#k2', 'ann'].map(issue));
    expect(answers.map((answer) => answer.split(' ')[0])).toEqual([
      expect.stringMatching(/PENDING|ISSUED/),
      'ISSUED',
      'IDEMPOTENCY_KEY_REQUIRED',
    ]);
    await settled(coupon);
    expect((await rowsOf(coupon)).map(({ key }) => key).sort()).toEqual(['k1', 'k2']);
  });

  it('is settled in one batch with those that have none', async () => {
    const [several, one] = [await core.open({ perUserLimit: LIMIT }), await core.open({ perUserLimit: 1 })];
    const entries = [anEntry(several.id, ['ann#k1', 'ann#k2']), anEntry(one.id, ['ann'])];
    await core.store.settle(entries, new Map([several, one].map(({ id, epoch }) => [id, epoch])));
    expect((await rowsOf(several)).map(({ key, ordinal }) => [key, ordinal])).toEqual([
      ['k1', 1],
      ['k2', 2],
    ]);
    expect((await rowsOf(one)).map(({ key, ordinal }) => [key, ordinal])).toEqual([[null, 1]]);
  });

  it('is needed at both doors and for the status, and is left out where one person has one', async () => {
    const several = await core.open({ perUserLimit: LIMIT });
    const keyless = [
      await core.issueCoupon.execute(several.id, user('ann')),
      await request(several, 'ann'),
      await core.requestInTurn.execute(several.id, user('ann')),
      await core.readClaimStatus.execute(several.id, user('ann'), null),
    ];
    expect(keyless).toEqual(Array(4).fill({ outcome: 'REFUSED', code: 'IDEMPOTENCY_KEY_REQUIRED' }));
    const one = await core.open({ perUserLimit: 1 });
    await core.issueCoupon.execute(one.id, 'ann#k1' as Claimant);
    expect(inShort(await request(one, 'ann#k2'))).toBe('ISSUED 1');
  });
});
