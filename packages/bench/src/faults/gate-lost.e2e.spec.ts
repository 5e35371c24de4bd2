import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { ApiClient } from './api-client.js';
import { type Crowd, inLanes, users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { openCampaign, rebuild, rebuildUntilDone } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { lockCouponRow } from './row-lock.js';
import type { Question } from './testimony.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

/** Longer than the limit of time for one command of the gate. */
const FROZEN_MS = 4_000;

let system: PrivateSystem;

beforeAll(async () => {
  system = await PrivateSystem.start();
  await Promise.all([system.startApi(), system.startConsumer('consumer')]);
});

afterAll(() => system.stop());

/** Asks and counts the answers, such as `{ '503': 10 }`. */
async function answersTo(crowd: Crowd, names: string[], question: Question, showReceipt = false) {
  const counts: Record<string, number> = {};
  await inLanes(names, 16, async (user) => {
    const receipt = showReceipt ? crowd.told.of(user).receipt : null;
    const { status, body } = await crowd.ask(user, question, receipt);
    const said = question === 'ME' && status === 200 ? `${body.status}` : `${status}`;
    counts[said] = (counts[said] ?? 0) + 1;
  });
  return counts;
}

/**
 * Claims that are accepted and stay in the queue, because the consumer waits for the lock of the coupon's row with
 * an earlier one in its hands. Answers how to let it go on.
 */
async function leaveInQueue(crowd: Crowd, names: string[]): Promise<() => Promise<void>> {
  const unlock = await lockCouponRow(system.mysql.url, crowd.couponId);
  await crowd.askUntilSettled('in-hand', 'V2');
  await until('the consumer waits for the lock', async () => (await readQueue(system)).pending > 0);
  await inLanes(names, 16, async (user) => {
    await crowd.askUntilSettled(user, 'V2');
  });
  return unlock;
}

const gateIs = (state: 'up' | 'down') =>
  until(`the API finds the gate ${state}`, async () => {
    const answer = await fetch(new URL('/health/ready', system.api.url));
    return ((await answer.json()) as { gate: string }).gate === state;
  });

describe('the gate', () => {
  it('is down, and comes back with its data: it is rebuilt by itself, and all survivors are settled', async () => {
    const dice = diceOf('gate down');
    const atGate = await openCampaign(system, { total: 400, issueMode: 'ASYNC' }, dice);
    const atBoth = await openCampaign(system, { total: 200, issueMode: 'BOTH' }, dice, {
      unitsMayReturn: true,
    });
    await atGate.rush(users(100, 'early'), { door: 'V2' });
    await atGate.awaitFinal();
    await atBoth.rush(users(20, 'early'), { door: 'V2' });
    const unlock = await leaveInQueue(atGate, users(100, 'waiting'));

    await system.gate.kill('SIGKILL');
    await gateIs('down');
    expect(await answersTo(atGate, users(10, 'new'), 'V2')).toEqual({ 503: 10 });
    expect(await answersTo(atGate, users(100, 'waiting'), 'V2')).toEqual({ 503: 100 });
    expect(await answersTo(atGate, users(100, 'waiting'), 'ME')).toEqual({ UNKNOWN: 100 });
    expect(await answersTo(atGate, users(100, 'early'), 'ME')).toEqual({ ISSUED: 100 });
    expect(await answersTo(atBoth, users(10, 'new'), 'V2')).toEqual({ 503: 10 });
    expect(await answersTo(atBoth, users(50, 'by-v1'), 'V1')).toEqual({ 201: 50 });

    await system.gate.restart();
    await gateIs('up');
    await unlock();
    // It has all its data, and yet it is another run of the server: what it says may be older than what it said.
    await atGate.rush(users(100, 'waiting'), { door: 'V2' });
    await Promise.all([
      atGate.rush(users(300, 'new'), { door: 'V2' }),
      atBoth.rush(users(100, 'new'), { door: 'V2' }),
      atBoth.rush(users(200, 'by-v1'), { door: 'V1' }),
    ]);
    await expectExact(system, atGate, { issued: 400, tickets: 'UNIQUE' });
    await expectExact(system, atBoth, { issued: 200, tickets: 'UNIQUE' });
  });

  it('is emptied: receipts are honoured while units are left, and end LOST_IN_INCIDENT after that', async () => {
    const dice = diceOf('gate emptied');
    const crowd = await openCampaign(system, { total: 300, issueMode: 'ASYNC' }, dice, {
      unitsMayReturn: true,
    });
    await crowd.rush(users(100, 'early'), { door: 'V2' });
    await crowd.awaitFinal();
    const soon = users(40, 'soon');
    const late = users(40, 'late');
    const unlock = await leaveInQueue(crowd, [...soon, ...late]);
    await emptyGate();
    await unlock();
    crowd.told.claimsMayBeLost();
    // The look-up makes no claim, but does not deny one either to whoever can show a receipt for it.
    expect(await answersTo(crowd, soon, 'ME', true)).toEqual({ UNKNOWN: 40 });
    await inLanes(soon, 16, async (user) => {
      const { status } = await crowd.askUntilSettled(user, 'V2', crowd.told.of(user).receipt);
      expect(status).toBe(202);
    });
    await crowd.rush(users(300, 'new'), { door: 'V2' });
    expect(crowd.told.who(({ soldOut }) => soldOut).length).toBeGreaterThan(0);
    expect(await answersTo(crowd, late, 'V2', true)).toEqual({ 202: 40 });

    const { rows } = await expectExact(system, crowd, { issued: 300, tickets: 'UNIQUE' });
    const rejected = rows.filter(({ status }) => status === 'REJECTED');
    expect(rejected.map(({ userId }) => userId).sort()).toEqual(late.sort());
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(['LOST_IN_INCIDENT']));
  });

  it('is rebuilt in the middle of a rush, by several processes at once', async () => {
    const dice = diceOf('rebuilt in a rush');
    const other = system.api;
    const clientOfOther = new ApiClient(() => other.url);
    await system.startApi();
    const crowd = await openCampaign(system, { total: 600, issueMode: 'ASYNC' }, dice);
    let rebuilt = false;
    const isOver = () => rebuilt && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 10 });
    await until('the rush is under way', () => crowd.settled > dice.between(20, 100));
    const atOnce = await Promise.all(
      [system.client, clientOfOther, system.client, clientOfOther].map((client) =>
        rebuild(client, crowd.couponId),
      ),
    );
    expect(atOnce).toContain('DONE');
    await sleep(dice.between(0, 300));
    await rebuildUntilDone(system, crowd.couponId);
    rebuilt = true;
    await rush;
    clientOfOther.close();
    await expectExact(system, crowd, { issued: 600, tickets: 'UNIQUE' });
  });

  it('is frozen in the middle of a rush: everybody is answered, and afterwards nothing has to be rebuilt', async () => {
    const dice = diceOf('gate frozen');
    const crowd = await openCampaign(system, { total: 500, issueMode: 'ASYNC' }, dice);
    let thawed = false;
    const isOver = () => thawed && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 10 });
    await until('the rush is under way', () => crowd.settled > 50);
    system.gate.pause();
    await sleep(FROZEN_MS);
    system.gate.resume();
    thawed = true;
    await rush;
    expect(crowd.told.times('V2 503')).toBeGreaterThan(0);
    await expectExact(system, crowd, { issued: 500, tickets: 'EACH_ISSUED' });
  });
});

async function emptyGate(): Promise<void> {
  const redis = new Redis(system.gate.url);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}
