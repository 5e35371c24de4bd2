import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { LocalApp } from 'local-stack';
import { users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { FaultyLink } from './faulty-link.js';
import { openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { readOutcome } from './read-outcome.js';
import { lockCouponRow } from './row-lock.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

const KILLS = 2;
/** So that what a dead consumer has read is taken over soon, and what a slow one still has in hand as well. */
const TAKES_OVER_SOON = { RECLAIM_IDLE_MS: '300' };

let system: PrivateSystem;
let link: FaultyLink;
let consumer: LocalApp;

beforeAll(async () => {
  system = await PrivateSystem.start();
  link = await FaultyLink.to(system.gate.port);
  [consumer] = await Promise.all([startBehindLink(), system.startApi()]);
});

afterAll(async () => {
  await system.stop();
  await link.close();
});

const startBehindLink = () =>
  system.startConsumer('consumer', { REDIS_URL: `redis://127.0.0.1:${link.port}` });

const somethingIsPending = () =>
  until('a batch has been read', async () => (await readQueue(system)).pending > 0);

describe('a consumer that is killed', () => {
  it('before the commit, and after the commit but before the acknowledgement: settled once', async () => {
    const dice = diceOf('killed around the commit');
    const crowd = await openCampaign(system, { total: 100, issueMode: 'ASYNC' }, dice);

    let unlock = await lockCouponRow(system.mysql.url, crowd.couponId);
    await crowd.rush(users(40), { door: 'V2' });
    await somethingIsPending();
    await consumer.kill('SIGKILL');
    expect((await readOutcome(system, crowd.couponId)).rows).toEqual([]);
    await unlock();
    consumer = await startBehindLink();
    await until('all are settled', async () => (await readQueue(system)).entries === 0);

    unlock = await lockCouponRow(system.mysql.url, crowd.couponId);
    await crowd.rush(users(80), { door: 'V2' });
    await somethingIsPending();
    link.hold('commands');
    await unlock();
    await until('the batch is committed', async () => {
      return (await readOutcome(system, crowd.couponId)).rows.length > 40;
    });
    await consumer.kill('SIGKILL');
    expect((await readQueue(system)).pending).toBeGreaterThan(0);
    link.heal();
    consumer = await startBehindLink();
    await crowd.rush(users(120), { door: 'V2' });
    await expectExact(system, crowd, { issued: 100, tickets: 'EACH_ISSUED' });
  });

  it.each([
    ['started again under its name', () => 'consumer', {}],
    ['replaced under another name', (kill: number) => `successor-${kill}`, TAKES_OVER_SOON],
  ])('at any moment of a rush, again and again, and %s', async (title, nameAfter, settings) => {
    const dice = diceOf(title);
    const crowd = await openCampaign(system, { total: 1_000, issueMode: 'ASYNC' }, dice);
    let killsLeft = KILLS;
    const isOver = () => killsLeft === 0 && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 10 });
    for (; killsLeft > 0; killsLeft--) {
      await sleep(dice.between(0, 300));
      await consumer.kill('SIGKILL');
      consumer = await system.startConsumer(nameAfter(killsLeft), settings);
    }
    await rush;
    await expectExact(system, crowd, { issued: 1_000, tickets: 'EACH_ISSUED' });
  });
});

describe('several consumers at once', () => {
  it('of different names and of the same, one of them killed: everything is settled once', async () => {
    const dice = diceOf('several consumers');
    const crowd = await openCampaign(system, { total: 600, issueMode: 'ASYNC' }, dice);
    const [twin] = await Promise.all([
      system.startConsumer('twins', TAKES_OVER_SOON),
      system.startConsumer('twins', TAKES_OVER_SOON),
    ]);
    const isOver = () => crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 16, pauseMs: 10 });
    await until('the rush is under way', () => crowd.settled > 50);
    await sleep(dice.between(0, 200));
    await twin.kill('SIGKILL');
    await rush;
    await expectExact(system, crowd, { issued: 600, tickets: 'EACH_ISSUED' });
  });
});

describe('consumers that are stopped in order', () => {
  it('finish the batch under way, leave nothing pending and end with exit code 0', async () => {
    const dice = diceOf('consumers stopped');
    const crowd = await openCampaign(system, { total: 400, issueMode: 'ASYNC' }, dice);
    let stopped = false;
    const isOver = () => stopped && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 5 });
    await until('the rush is under way', () => crowd.settled > 30);
    await sleep(dice.between(0, 100));
    const exits = await system.stopConsumers();
    expect(exits).toEqual(exits.map(() => ({ code: 0, signal: null })));
    expect((await readQueue(system)).pending).toBe(0);
    stopped = true;
    await rush;
    await system.startConsumer('consumer');
    await expectExact(system, crowd, { issued: 400, tickets: 'EACH_ISSUED' });
  });
});
