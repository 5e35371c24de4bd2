import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient } from './api-client.js';
import { Crowd, users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { openCampaign } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

let system: PrivateSystem;
/** Asks the API that was there before everything went down, whichever was started since. */
let clientOfFirst: ApiClient;

beforeAll(async () => {
  system = await PrivateSystem.start();
  const [api] = await Promise.all([system.startApi(), system.startConsumer('consumer')]);
  clientOfFirst = new ApiClient(() => api.url);
});

afterAll(async () => {
  clientOfFirst.close();
  await system.stop();
});

describe('both servers killed in the middle of a rush', () => {
  it('come back one after the other: old processes and those started meanwhile go on by themselves', async () => {
    const dice = diceOf('everything down');
    const campaign = await openCampaign(system, { total: 600, issueMode: 'ASYNC' }, dice);
    const atBoth = await openCampaign(system, { total: 100, issueMode: 'BOTH' }, dice, {
      unitsMayReturn: true,
    });
    const crowd = new Crowd(clientOfFirst, campaign.couponId, campaign.told, dice);
    await atBoth.rush(users(20, 'early'), { door: 'V2' });
    let isUpAgain = false;
    const isOver = () => isUpAgain && crowd.told.times('V2 409') > 0;
    const rush = crowd.rush(usersUntil(isOver), { door: 'V2', lanes: 8, pauseMs: 10 });
    await until('the rush is under way', () => crowd.settled > 50);
    await sleep(dice.between(0, 200));

    await Promise.all([system.mysql.kill('SIGKILL'), system.gate.kill('SIGKILL')]);
    // Whatever is asked is answered, and nothing that is answered is false; the testimony sees to both.
    await Promise.all(users(20, 'early').map((user) => atBoth.ask(user, 'ME')));
    await Promise.all(users(20, 'new').map((user) => atBoth.ask(user, 'V1')));
    expect(atBoth.told.times('ME UNKNOWN')).toBeGreaterThan(0);
    expect(atBoth.told.times('V1 503')).toBe(20);

    await system.mysql.restart();
    // Without the gate an API is of use at its V1 door, and a consumer of none: it is ready when the gate is.
    const consumer = system.startConsumer('started-without-gate');
    await system.startApi();
    await atBoth.rush(users(20, 'new'), { door: 'V1' });
    expect((await atBoth.ask('at-second-api', 'V2')).status).toBe(503);
    await system.gate.restart();
    await consumer;
    isUpAgain = true;
    await rush;
    await atBoth.rush([...users(20, 'early'), ...users(150, 'late')], { door: 'V2' });
    await expectExact(system, crowd, { issued: 600, tickets: 'UNIQUE' });
    await expectExact(system, atBoth, { issued: 100, tickets: 'UNIQUE' });
  });
});

describe('MySQL killed in the middle of a rush at both doors', () => {
  it('again and again: everybody is served in the end, and nobody twice', async () => {
    const dice = diceOf('MySQL killed again and again');
    const atGate = await openCampaign(system, { total: 700, issueMode: 'ASYNC' }, dice);
    const atRows = await openCampaign(system, { total: 700, issueMode: 'BOTH' }, dice);
    let killsLeft = 3;
    const soldOut = (crowd: Crowd, door: 'V1' | 'V2') => () =>
      killsLeft === 0 && crowd.told.times(`${door} 409`) > 0;
    const rushes = Promise.all([
      atGate.rush(usersUntil(soldOut(atGate, 'V2')), { door: 'V2', lanes: 4, pauseMs: 10 }),
      atRows.rush(usersUntil(soldOut(atRows, 'V1')), { door: 'V1', lanes: 4, pauseMs: 10 }),
    ]);
    for (; killsLeft > 0; killsLeft--) {
      await sleep(dice.between(50, 300));
      await system.mysql.kill('SIGKILL');
      await system.mysql.restart();
    }
    await rushes;
    await expectExact(system, atGate, { issued: 700, tickets: 'EACH_ISSUED' });
    await expectExact(system, atRows, { issued: 700, tickets: 'UNIQUE' });
  });
});
