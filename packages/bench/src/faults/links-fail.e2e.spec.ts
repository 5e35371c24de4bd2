import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { users, usersUntil } from './crowd.js';
import { expectExact } from './expect-exact.js';
import { diceOf } from './fault-seed.js';
import { FaultyLink } from './faulty-link.js';
import { openCampaign, rebuild, rebuildUntilDone } from './operator.js';
import { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';
import { lockCouponRow } from './row-lock.js';
import { STORY_MS_MAX, until } from './until.js';

jest.setTimeout(STORY_MS_MAX);

let system: PrivateSystem;
let linkOfApi: Links;
let linkOfConsumer: Links;

/** Between one process and its two servers. */
interface Links {
  gate: FaultyLink;
  mysql: FaultyLink;
}

beforeAll(async () => {
  system = await PrivateSystem.start();
  linkOfApi = await openLinks();
  linkOfConsumer = await openLinks();
  await Promise.all([system.startApi(addressesOf(linkOfApi)), startConsumer()]);
});

afterAll(async () => {
  await system.stop();
  await Promise.all(allLinks().map((link) => link.close()));
});

/** What was delivered in a lost reply is read again after a second. */
const startConsumer = () =>
  system.startConsumer('consumer', { ...addressesOf(linkOfConsumer), RECLAIM_IDLE_MS: '1000' });

async function openLinks(): Promise<Links> {
  return { gate: await FaultyLink.to(system.gate.port), mysql: await FaultyLink.to(system.mysql.port) };
}

const allLinks = () => [linkOfApi, linkOfConsumer].flatMap(({ gate, mysql }) => [gate, mysql]);

function addressesOf({ gate, mysql }: Links) {
  return {
    REDIS_URL: system.gate.url.replace(`:${system.gate.port}`, `:${gate.port}`),
    MYSQL_URL: system.mysql.url.replace(`:${system.mysql.port}`, `:${mysql.port}`),
  };
}

/** Loses the n-th reply from now on, and no other. */
function nthReply(n: number): () => boolean {
  let seen = 0;
  return () => ++seen === n;
}

describe('a reply of the gate that is lost', () => {
  it('leads to the same ticket and one queue entry, because the command is sent again', async () => {
    const dice = diceOf('one lost reply');
    const crowd = await openCampaign(system, { total: 10, issueMode: 'ASYNC' }, dice);
    await crowd.ask('u1', 'V2');
    // Nothing can be settled meanwhile, so that the queue shows all that the gate has put into it.
    const unlock = await lockCouponRow(system.mysql.url, crowd.couponId);
    linkOfApi.gate.loseReplies(nthReply(1));
    await crowd.askUntilSettled('u2', 'V2');
    expect(linkOfApi.gate.repliesLost).toBe(1);
    await crowd.ask('u2', 'V2');
    const { tickets } = await readQueue(system);
    expect(tickets.get('u2')).toEqual([crowd.told.of('u2').ticket]);
    await unlock();
    await crowd.rush(users(20), { door: 'V2' });
    await expectExact(system, crowd, { issued: 10, tickets: 'EACH_ISSUED' });
  });

  it('many times, at API and consumer, changes nothing for anybody', async () => {
    const dice = diceOf('many lost replies');
    const crowd = await openCampaign(system, { total: 400, issueMode: 'ASYNC' }, dice);
    const enoughOfApi = linkOfApi.gate.repliesLost + 6;
    linkOfApi.gate.loseReplies(() => dice.next() < 0.1);
    linkOfConsumer.gate.loseReplies(() => dice.next() < 0.1);
    const isOver = () => crowd.settled >= 600 && linkOfApi.gate.repliesLost >= enoughOfApi;
    await crowd.rush(usersUntil(isOver), { door: 'V2', pauseMs: 5 });
    await until('the consumer has lost some too', () => linkOfConsumer.gate.repliesLost > 5);
    linkOfApi.gate.heal();
    linkOfConsumer.gate.heal();
    await expectExact(system, crowd, { issued: 400, tickets: 'EACH_ISSUED' });
  });

  it('in a rebuild, whichever it is: the operator hears that it is done, or that it has to be repeated', async () => {
    const dice = diceOf('lost replies of a rebuild');
    const crowd = await openCampaign(system, { total: 100, issueMode: 'ASYNC' }, dice);
    await crowd.rush(users(50), { door: 'V2' });
    // Without consumers there is no other who rebuilds.
    await system.stopConsumers();
    const outcomes: string[] = [];
    for (let lost = 1; lost <= 8; lost++) {
      linkOfApi.gate.loseReplies(nthReply(lost));
      outcomes.push(await rebuild(system.client, crowd.couponId));
    }
    linkOfApi.gate.heal();
    expect(outcomes).toContain('DONE');
    // A repeated command of one's own must not look like another's rebuild.
    expect(outcomes).not.toContain('OVERTAKEN');
    await rebuildUntilDone(system, crowd.couponId);
    await startConsumer();
    await crowd.rush(users(150), { door: 'V2' });
    await expectExact(system, crowd, { issued: 100, tickets: 'UNIQUE' });
  });
});

describe('a reply of MySQL that is lost', () => {
  it('many times, at API and consumer, also that of a COMMIT: whoever asks again finds what was decided', async () => {
    const dice = diceOf('lost replies of MySQL');
    const atGate = await openCampaign(system, { total: 300, issueMode: 'ASYNC' }, dice);
    const atRows = await openCampaign(system, { total: 300, issueMode: 'BOTH' }, dice);
    const links = [linkOfApi.mysql, linkOfConsumer.mysql];
    const commits = [0, 0];
    for (const [index, link] of links.entries()) {
      link.loseReplies((command) => {
        const isCommit = command.includes('COMMIT');
        const isLost = dice.next() < (isCommit ? (commits[index] === 0 ? 1 : 0.2) : 0.02);
        if (isCommit && isLost) commits[index]! += 1;
        return isLost;
      });
    }
    await Promise.all([
      atGate.rush(users(400), { door: 'V2', pauseMs: 5 }),
      atRows.rush(users(400), { door: 'V1', pauseMs: 5 }),
    ]);
    await until('both have lost the reply of a COMMIT', () => Math.min(...commits) > 0);
    for (const link of links) link.heal();
    await expectExact(system, atGate, { issued: 300, tickets: 'EACH_ISSUED' });
    await expectExact(system, atRows, { issued: 300, tickets: 'UNIQUE' });
  });
});

describe('connections to the gate that go silent, as those of a host that vanished', () => {
  it('are given up, and V2 and the consumer go on over new ones', async () => {
    const dice = diceOf('silent gate');
    const crowd = await openCampaign(system, { total: 150, issueMode: 'ASYNC' }, dice);
    await crowd.rush(users(50), { door: 'V2' });
    linkOfApi.gate.strand();
    linkOfConsumer.gate.strand();
    await crowd.rush(users(200), { door: 'V2' });
    await expectExact(system, crowd, { issued: 150, tickets: 'EACH_ISSUED' });
  });
});
