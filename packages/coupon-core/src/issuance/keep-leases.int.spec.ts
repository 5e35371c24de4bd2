import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Coupon } from '../coupon/coupon.js';
import type { UserId } from '../coupon/ids.js';
import { couponId, user } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import type { Gate } from './gate.js';
import { KeepLeases } from './keep-leases.js';
import { LEASE_MS } from './leases.js';

const EVENTUALLY_MS = 60_000;
const random = seededRandom(printedSeed());

interface Told {
  by: CoreProcess;
  user: UserId;
  sentAt: number;
  answeredAt: number;
  outcome: string;
  /** Without asking anybody. */
  atOnce: boolean;
}

let database: TestDatabase;
let fresh: FreshRedis;
let processes: [CoreProcess, CoreProcess];
let coupon: Coupon;
let told: Told[];
let people = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  processes = [
    await CoreProcess.create(database, fresh, 'one'),
    await CoreProcess.create(database, fresh, 'two'),
  ];
});

afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop()));
  await fresh.close();
  await database.drop();
});

const newcomer = () => user(`newcomer-${++people}`);
const anyProcess = () => processes[Math.floor(random() * 2)]!;
const winners = () => [...firstWins(told).keys()];

async function ask(by: CoreProcess, who: UserId): Promise<Told> {
  const sentAt = performance.now();
  const answer = by.requestCoupon.execute(coupon.id, who, null);
  const atOnce = !(answer instanceof Promise);
  const { outcome } = await answer;
  const answered = { by, user: who, sentAt, answeredAt: performance.now(), outcome, atOnce };
  told.push(answered);
  return answered;
}

/** Newcomers keep coming, with winners among them, until `done` says so. */
async function crowdUntil(done: () => boolean): Promise<void> {
  const deadline = performance.now() + EVENTUALLY_MS;
  while (!done()) {
    if (performance.now() > deadline) throw new Error('It did not come to that in time.');
    const before = winners();
    const again = before.filter(() => random() < 0.3);
    await Promise.all([...again, newcomer(), newcomer()].map((who) => ask(anyProcess(), who)));
    await sleep(Math.floor(random() * 30));
  }
}

const bothRefuseAtOnce = (since: number) => () =>
  processes.every((process) =>
    told.some(({ by, sentAt, atOnce }) => by === process && sentAt >= since && atOnce),
  );

/** In the row, and told to the gate; answers the moment from which the gate is known to have units again. */
async function raise(by: number): Promise<number> {
  await database.query(
    `UPDATE coupons SET total_quantity = total_quantity + ?, gate_version = gate_version + 1, version = version + 1
     WHERE id = ?`,
    [by, coupon.id],
  );
  await processes[0].sweeper.sweep();
  return performance.now();
}

/** When each winner was told so for the first time. */
function firstWins(all: readonly Told[]): Map<UserId, number> {
  const wonAt = new Map<UserId, number>();
  for (const { user: who, outcome, answeredAt } of all) {
    if (outcome === 'CLAIM') wonAt.set(who, Math.min(answeredAt, wonAt.get(who) ?? answeredAt));
  }
  return wonAt;
}

/** When the first unit was had after a moment. */
const soldAfter = (wonAt: Map<UserId, number>, moment: number): number =>
  Math.min(...[...wonAt.values()].filter((at) => at > moment));

/** What nobody may have been told, whatever the process remembered. */
function violationsOf(all: readonly Told[], reopenings: readonly number[]): string[] {
  const found: string[] = [];
  const wonAt = firstWins(all);
  for (const { user: who, outcome, sentAt } of all) {
    if (outcome === 'REFUSED' && sentAt >= (wonAt.get(who) ?? Infinity)) found.push(`${who} had won`);
  }
  for (const reopenedAt of reopenings) {
    const soldAt = soldAfter(wonAt, reopenedAt);
    const late = all.filter(
      ({ atOnce, sentAt }) => atOnce && sentAt > reopenedAt + LEASE_MS && sentAt < soldAt,
    );
    if (late.length > 0) found.push(`${late.length} refused from memory after a reopening`);
  }
  return found;
}

describe('two API processes that say "sold out" from memory', () => {
  it('never say it to a winner, nor after a reopening, whose units are all had (I5, I6)', async () => {
    told = [];
    coupon = await processes[0].open({ totalQuantity: 3, issueMode: 'ASYNC' });
    let total = 3;
    const reopenings: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await crowdUntil(() => winners().length === total);
      await crowdUntil(bothRefuseAtOnce(performance.now()));
      const more = 1 + Math.floor(random() * 3);
      total += more;
      reopenings.push(await raise(more));
    }
    await crowdUntil(() => winners().length === total);
    await crowdUntil(bothRefuseAtOnce(performance.now()));
    expect(violationsOf(told, reopenings)).toEqual([]);
    expect(winners()).toHaveLength(total);
    const wonAt = firstWins(told);
    const gaps = reopenings.map((at) => soldAfter(wonAt, at) - at);
    console.log(
      `the first new winner came ${gaps.map((ms) => ms.toFixed(0)).join(', ')} ms after a reopening`,
    );
  });

  it('ask for a lease once, whoever is on its list for no reason', async () => {
    let asked = 0;
    const claims = { mayHold: () => true, bytes: 1 };
    const gate = Object.assign(Object.create(processes[0].gate) as Gate, {
      offerLease: async () => {
        asked += 1;
        return { mark: 'one', windowMs: 60_000, claims };
      },
      readLeaseMark: async () => 'one',
    });
    const leases = new KeepLeases(gate, undefined, () => 0);
    for (let i = 0; i < 10; i += 1) {
      leases.ask({ couponId: couponId(1), shard: 0 });
      await sleep(50);
    }
    leases.stop();
    expect(asked).toBe(1);
  });

  it('ask the gate about everybody who shows a receipt, and at a coupon with both doors', async () => {
    told = [];
    coupon = await processes[0].open({ totalQuantity: 1, issueMode: 'ASYNC' });
    await crowdUntil(bothRefuseAtOnce(0));
    expect(processes[0].requestCoupon.execute(coupon.id, newcomer(), 'a receipt')).toBeInstanceOf(Promise);
    coupon = await processes[0].open({ totalQuantity: 0, issueMode: 'BOTH' });
    for (let i = 0; i < 10; i += 1) expect((await ask(processes[0], newcomer())).atOnce).toBe(false);
    expect(await fresh.redis.hget(fresh.keys.gate(coupon.shard, coupon.id), 'list')).toBeNull();
  });
});
