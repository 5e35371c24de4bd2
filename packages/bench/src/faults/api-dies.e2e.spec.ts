import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { FaultyLink } from './faulty-link.js';
import { openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { lockCouponRow } from './row-lock.js';
import { until } from './until.js';

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
    await crowd.ask('u1', 'V2');
    // Nothing can be settled meanwhile, so that the queue shows all that the gate has put into it.
    const unlock = await lockCouponRow(system.mysql.url, crowd.couponId);
    link.hold('replies');
    const first = Promise.all(users(50).map((user) => crowd.ask(user, 'V2')));
    const unanswered = await until('the gate has admitted users whose answers are held back', async () => {
      const { tickets } = await readQueue(system);
      return tickets.size > 1 && tickets;
    });
    await system.api.kill('SIGKILL');
    expect(new Set((await first).map(({ status }) => status))).toEqual(new Set([0]));
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
    let killsLeft = 3;
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
