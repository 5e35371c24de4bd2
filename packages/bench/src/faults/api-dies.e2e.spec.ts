import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { inLanes, users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { FaultyLink } from './faulty-link.js';
import { hangUp } from './hang-up.js';
import { openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { readOutcome } from './read-outcome.js';
import { lockCouponRow } from './row-lock.js';
import { socketsOf } from './sockets-of.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

const HANG_UPS = 3_000;
const HANG_UPS_AT_ONCE = 100;

let system: PrivateSystem;
let link: FaultyLink;

beforeAll(async () => {
  system = await PrivateSystem.start();
  link = await FaultyLink.to(system.gate.port);
  await Promise.all([system.startConsumer('consumer'), startApiBehindLink()]);
});

afterAll(async () => {
  await system.stop();
  await link.close();
});

const startApiBehindLink = () => system.startApi({ REDIS_URL: `redis://127.0.0.1:${link.port}` });

describe('an API that is killed', () => {
  it('between script and answer: the users repeat and hold the tickets of the first time', async () => {
    const dice = diceOf('killed before the answer');
    const crowd = await openCampaign(system, { total: 80, issueMode: 'ASYNC' }, dice, {
      connectionsMayBreak: true,
    });
    // The script is known to the server from here on, so that the next call runs it at once.
    await crowd.ask('first', 'V2');
    // Nothing can be settled meanwhile, so that the queue shows all that the gate has put into it.
    const unlock = await lockCouponRow(system.mysql.url, crowd.couponId);
    link.hold('replies');
    const first = Promise.all(users(50).map((user) => crowd.ask(user, 'V2')));
    const unanswered = await until('the gate has admitted users whose answers are held back', async () => {
      const { tickets } = await readQueue(system);
      tickets.delete('first');
      return tickets.size > 0 && tickets;
    });
    await system.api.kill('SIGKILL');
    // On a machine so slow that a limit of time was reached meanwhile, the answer may be 503.
    const statuses = (await first).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 0 && status !== 503)).toEqual([]);
    link.heal();
    await startApiBehindLink();
    await crowd.rush(users(50), { door: 'V2' });
    const { tickets } = await readQueue(system);
    for (const [user, given] of unanswered) {
      expect([crowd.told.of(user).ticket]).toEqual(given);
      expect(tickets.get(user)).toEqual(given);
    }
    await unlock();
    await crowd.rush(users(120), { door: 'V2' });
    await expectExact(system, crowd, { issued: 80, tickets: 'EACH_ISSUED' });
  });

  it('at any moment of a rush, again and again: nobody twice, nobody forgotten', async () => {
    const dice = diceOf('killed at random');
    const crowd = await openCampaign(system, { total: 1_000, issueMode: 'ASYNC' }, dice, {
      connectionsMayBreak: true,
    });
    let killsLeft = 2;
    const isOver = () => killsLeft === 0 && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 10 });
    for (; killsLeft > 0; killsLeft--) {
      await sleep(dice.between(20, 400));
      await system.api.kill('SIGKILL');
      await startApiBehindLink();
    }
    await rush;
    expect(crowd.told.times('V2 0')).toBeGreaterThan(0);
    await expectExact(system, crowd, { issued: 1_000, tickets: 'EACH_ISSUED' });
  });
});

describe('an API that is stopped in order', () => {
  it('answers what is in flight at both doors, then ends with exit code 0', async () => {
    const dice = diceOf('stopped with requests in flight');
    const atGate = await openCampaign(system, { total: 60, issueMode: 'ASYNC' }, dice);
    const atRows = await openCampaign(system, { total: 60, issueMode: 'BOTH' }, dice);
    await atGate.ask('first', 'V2');
    const unlock = await lockCouponRow(system.mysql.url, atRows.couponId);
    link.hold('replies');
    const asked = users(30).flatMap((user) => [atGate.ask(user, 'V2'), atRows.ask(user, 'V1')]);
    // A request that is still on its way when the API stops listening is not in flight. These came before others
    // that are answered here, each over a connection of its own.
    for (let call = 0; call < 3; call++) await socketsOf(system.api.url);
    await until('a script has run', async () => {
      const { gate } = await readOutcome(system, atGate.couponId);
      return gate !== null && gate.admitted > 1;
    });
    const stopped = system.api.stop();
    await until('the API has heard the signal', () => system.api.logs().includes('Shutting down'));
    link.heal();
    await unlock();
    const answers = await Promise.all(asked);
    await stopped;
    expect(await system.api.exited).toEqual({ code: 0, signal: null });
    // Each is answered. On a machine so slow that a limit of time was reached meanwhile, the answer may be 503.
    expect(answers.filter(({ status }) => ![201, 202, 503].includes(status))).toEqual([]);
    await startApiBehindLink();
    for (const crowd of [atGate, atRows]) {
      crowd.told.leniency.connectionsMayBreak = false;
      await crowd.rush(users(90), { door: crowd === atGate ? 'V2' : 'V1' });
      await expectExact(system, crowd, { issued: 60, tickets: 'UNIQUE' });
    }
  });

  it('in the middle of a rush: who was not answered repeats and finds the same claim', async () => {
    const dice = diceOf('stopped in a rush');
    const crowd = await openCampaign(system, { total: 300, issueMode: 'ASYNC' }, dice, {
      connectionsMayBreak: true,
    });
    let stops = 0;
    const isOver = () => stops === 1 && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 5 });
    await until('the rush is under way', () => crowd.settled > 20);
    await sleep(dice.between(0, 100));
    await system.api.stop();
    expect(await system.api.exited).toEqual({ code: 0, signal: null });
    await startApiBehindLink();
    stops += 1;
    await rush;
    await expectExact(system, crowd, { issued: 300, tickets: 'EACH_ISSUED' });
  });
});

describe('clients that hang up', () => {
  it('leave neither sockets nor half a claim behind', async () => {
    const dice = diceOf('hung up');
    const crowd = await openCampaign(system, { total: 1_000, issueMode: 'ASYNC' }, dice);
    const before = await socketsOf(system.api.url);
    await inLanes(users(HANG_UPS), HANG_UPS_AT_ONCE, (user) =>
      hangUp(new URL(system.api.url), `/v2/coupons/${crowd.couponId}/issues`, user, dice),
    );
    await until('all sockets of the API are closed', async () => {
      return (await socketsOf(system.api.url)) <= before;
    });
    const { gate } = await readOutcome(system, crowd.couponId);
    // Some were through before they hung up, and some never got so far: both has been tried.
    expect(gate!.admitted).toBeGreaterThan(0);
    expect(gate!.admitted).toBeLessThan(HANG_UPS);
    await crowd.rush(users(HANG_UPS), { door: 'V2' });
    await expectExact(system, crowd, { issued: 1_000, tickets: 'EACH_ISSUED' });
  });
});
