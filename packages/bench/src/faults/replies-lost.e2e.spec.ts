import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { users } from './crowd.js';
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
let linkOfApi: FaultyLink;
let linkOfConsumer: FaultyLink;

beforeAll(async () => {
  system = await PrivateSystem.start();
  linkOfApi = await FaultyLink.to(system.gate.port);
  linkOfConsumer = await FaultyLink.to(system.gate.port);
  await Promise.all([
    system.startApi({ REDIS_URL: `redis://127.0.0.1:${linkOfApi.port}` }),
    system.startConsumer('consumer', {
      REDIS_URL: `redis://127.0.0.1:${linkOfConsumer.port}`,
      // What was delivered in a lost reply is read again after this time.
      RECLAIM_IDLE_MS: '1000',
    }),
  ]);
});

afterAll(async () => {
  await system.stop();
  await Promise.all([linkOfApi.close(), linkOfConsumer.close()]);
});

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
    linkOfApi.loseReplies(nthReply(1));
    await crowd.askUntilSettled('u2', 'V2');
    expect(linkOfApi.repliesLost).toBe(1);
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
    const before = linkOfApi.repliesLost;
    linkOfApi.loseReplies(() => dice.next() < 0.1);
    linkOfConsumer.loseReplies(() => dice.next() < 0.1);
    await crowd.rush(users(600), { door: 'V2', pauseMs: 5 });
    await until('the consumer has lost some too', () => linkOfConsumer.repliesLost > 5);
    expect(linkOfApi.repliesLost - before).toBeGreaterThan(5);
    linkOfApi.heal();
    linkOfConsumer.heal();
    await expectExact(system, crowd, { issued: 400, tickets: 'EACH_ISSUED' });
  });

  it('in a rebuild, whichever it is: the operator hears that it is done, or that it has to be repeated', async () => {
    const dice = diceOf('lost replies of a rebuild');
    const crowd = await openCampaign(system, { total: 100, issueMode: 'ASYNC' }, dice);
    await crowd.rush(users(50), { door: 'V2' });
    const outcomes: string[] = [];
    for (let lost = 1; lost <= 8; lost++) {
      linkOfApi.loseReplies(nthReply(lost));
      outcomes.push(await rebuild(system, crowd.couponId));
    }
    linkOfApi.heal();
    expect(outcomes).toContain('DONE');
    await rebuildUntilDone(system, crowd.couponId);
    await crowd.rush(users(150), { door: 'V2' });
    await expectExact(system, crowd, { issued: 100, tickets: 'UNIQUE' });
  });
});
