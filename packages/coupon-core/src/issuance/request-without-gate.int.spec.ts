import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from 'messaging';
import { BrokerUnreachable } from '../adapters/guarded-broker.js';
import type { Coupon, CouponDefinition } from '../coupon/coupon.js';
import { WITHOUT_GATE } from '../coupon/decide-settlement.js';
import type { Claimant } from '../coupon/ids.js';
import { OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows, readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import { TestTopic } from '../testing/test-topic.js';
import { encodeDirectRequests } from './issue-requests.js';

const random = seededRandom(printedSeed());

let database: TestDatabase;
let fresh: FreshRedis;
let topic: TestTopic;
/** Two API processes that are consumers as well. */
let processes: [CoreProcess, CoreProcess];

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  topic = await TestTopic.create();
  const start = async (name: string) => {
    const core = await CoreProcess.create(database, fresh, name, { topic });
    core.startWorker();
    return core;
  };
  processes = [await start('one'), await start('two')];
});

afterAll(async () => {
  await Promise.all((processes ?? []).map((each) => each.stop()));
  await topic?.close();
  await fresh?.close();
  await database?.drop();
});

const open = (definition: Partial<CouponDefinition>): Promise<Coupon> =>
  processes[0].open({ admission: 'QUEUE', issueMode: 'ASYNC', ...definition });

const answerOf = async ({ id }: Coupon, who: Claimant, receipt: string | null = null, at = 0) =>
  processes[at]!.requestCoupon.execute(id, who, receipt);

/** In short: a status, a refusal, or why there was no answer. */
async function ask(coupon: Coupon, who: Claimant, receipt: string | null = null, at = 0): Promise<string> {
  const answer = await answerOf(coupon, who, receipt, at);
  if (answer.outcome === 'CLAIM') return answer.view.status;
  if (answer.outcome === 'REFUSED') return answer.code;
  return answer.outcome === 'UNAVAILABLE' ? answer.reason : answer.outcome;
}

async function receiptOf(coupon: Coupon, who: Claimant): Promise<string> {
  const answer = await answerOf(coupon, who);
  if (answer.outcome !== 'CLAIM' || answer.view.receipt === null) throw new Error('There is no receipt.');
  return answer.view.receipt;
}

async function statusOf({ id }: Coupon, who: Claimant, receipt: string | null = null): Promise<string> {
  const answer = await processes[1].readClaimStatus.execute(id, who, receipt);
  return answer.outcome === 'CLAIM' ? answer.view.status : answer.outcome;
}

const settled = () => topic.relayed.untilSettled();
const rowsOf = async ({ id }: Coupon) =>
  (await finalRows(database, id)).map((row) => `${row.user} ${row.number ?? row.reason}`);
/** What is decided is what a view shows within ten seconds, and here at once. */
const anew = async () => {
  for (const each of processes) each.cache.dropAll();
};

describe('a coupon whose admission is the queue', () => {
  it('is decided in the order of arrival, and losers end in a row that says why', async () => {
    const coupon = await open({ totalQuantity: 3 });
    const crowd = users(5);
    for (const who of [...crowd, ...crowd]) expect(await ask(coupon, who)).toBe('PENDING');
    await settled();
    expect(await rowsOf(coupon)).toEqual(['u1 1', 'u2 2', 'u3 3', 'u4 SOLD_OUT', 'u5 SOLD_OUT']);
    expect(await readCoupon(database, coupon.id)).toMatchObject({
      ...{ issuedQuantity: 3, issuedByV1: 0, returned: 0, epoch: 0 },
    });
  });

  it('keeps the order of requests that come at the same moment', async () => {
    const coupon = await open({ totalQuantity: 40 });
    await ask(coupon, user('first'));
    const crowd = users(60);
    await Promise.all(crowd.map((who) => ask(coupon, who)));
    await settled();
    const winners = ['first', ...crowd.slice(0, 39)].map((name, i) => `${name} ${i + 1}`);
    expect((await rowsOf(coupon)).slice(0, 40)).toEqual(winners);
  });

  it('is exact in a rush at two processes and both doors (I1, I2, I3, I4)', async () => {
    const coupon = await open({ totalQuantity: 50, issueMode: 'BOTH' });
    const crowd = users(300);
    const asked = new Set<string>();
    const told = await Promise.all(
      Array.from({ length: 900 }, async () => {
        const who = crowd[Math.floor(random() * crowd.length)]!;
        const core = processes[random() < 0.5 ? 0 : 1]!;
        asked.add(who);
        return random() < 0.2
          ? core.issueCoupon.execute(coupon.id, who)
          : core.requestCoupon.execute(coupon.id, who, null);
      }),
    );
    await settled();
    const rows = await finalRows(database, coupon.id);
    const issued = rows.filter(({ status }) => status === 'ISSUED');
    expect(issued.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(new Set(rows.map((row) => row.user)).size).toBe(rows.length);
    // Whoever was told that a claim is on its way has a row, and nobody else but those whom V1 served.
    for (const answer of told) {
      if (answer.outcome === 'CLAIM') expect(rows.map((row) => row.user)).toContain(answer.view.userId);
      expect(answer.outcome).not.toBe('UNAVAILABLE');
    }
    expect(rows.every((row) => asked.has(row.user))).toBe(true);
    expect(await readCoupon(database, coupon.id)).toMatchObject({ issuedQuantity: 50, returned: 0 });
  });

  it('gives one person as many as it allows, each by a key (I2)', async () => {
    const coupon = await open({ totalQuantity: 10, perUserLimit: 2 });
    expect(await ask(coupon, user('ann'))).toBe('IDEMPOTENCY_KEY_REQUIRED');
    for (const key of ['a', 'a', 'b', 'c']) expect(await ask(coupon, user(`ann#${key}`))).toBe('PENDING');
    await settled();
    expect(await rowsOf(coupon)).toEqual(['ann 1', 'ann 2', 'ann ALREADY_ISSUED']);
  });

  it('offers a unit that came back to whoever comes next', async () => {
    const coupon = await open({ totalQuantity: 1, returnCancelledUnits: true });
    await ask(coupon, user('ann'));
    await settled();
    await processes[0].cancel(coupon.id, 1, user('ann'));
    await anew();
    await ask(coupon, user('bob'));
    await settled();
    expect(await rowsOf(coupon)).toEqual(['ann 1', 'bob 2']);
  });

  it('has a smaller total at once, down to what is issued', async () => {
    const coupon = await open({ totalQuantity: 5 });
    await ask(coupon, user('ann'));
    await settled();
    expect(await processes[0].change(coupon.id, 1)).toMatchObject({
      outcome: 'CHANGED',
      coupon: { totalQuantity: 1, decrease: null },
    });
    await ask(coupon, user('bob'), null, 1);
    await settled();
    expect((await rowsOf(coupon))[0]).toBe('ann 1');
  });
});

describe('the answers of a coupon without a gate', () => {
  it('say SOLD_OUT once it has happened, and never to a winner (I6)', async () => {
    const coupon = await open({ totalQuantity: 1 });
    await ask(coupon, user('ann'));
    await settled();
    await anew();
    expect(await ask(coupon, user('bob'))).toBe('SOLD_OUT');
    expect(await ask(coupon, user('ann'))).toBe('ISSUED');
    expect(await rowsOf(coupon)).toEqual(['ann 1']);
  });

  it('read the row behind the view, so that who wins in between is not refused', async () => {
    const coupon = await open({ totalQuantity: 1 });
    const { cache } = processes[0];
    await settled();
    const find = cache.find.bind(cache);
    // The view is read; by the time it is there, the last unit is this user's.
    cache.find = async (id) => {
      await ask(coupon, user('ann'), null, 1);
      await settled();
      cache.dropAll();
      return find(id);
    };
    try {
      expect(await ask(coupon, user('ann'))).toBe('ISSUED');
    } finally {
      cache.find = find;
    }
  });

  it('refuse outside the window and while it is paused, and go on where it was requested', async () => {
    const early = await open({ issueStartsAt: Date.now() + 3_600_000, issueEndsAt: Date.now() + 7_200_000 });
    expect(await ask(early, user('ann'))).toBe('NOT_STARTED');
    const coupon = await open({});
    const receipt = await receiptOf(coupon, user('ann'));
    await processes[0].move(coupon.id, 'PAUSED');
    await anew();
    expect(await ask(coupon, user('bob'))).toBe('PAUSED');
    await settled();
    expect(await ask(coupon, user('ann'), receipt)).toBe('ISSUED');
  });

  it('are PENDING to a receipt until there is a row, and UNKNOWN where only the topic could tell', async () => {
    const coupon = await open({});
    const unread = await TestTopic.create();
    const later = await CoreProcess.create(database, fresh, 'later', { topic: unread });
    try {
      const answer = await later.requestCoupon.execute(coupon.id, user('ann'), null);
      const receipt = answer.outcome === 'CLAIM' ? answer.view.receipt : null;
      expect(receipt).not.toBeNull();
      expect(await statusOf(coupon, user('ann'), receipt)).toBe('PENDING');
      expect(await ask(coupon, user('ann'), receipt)).toBe('PENDING');
      expect(await statusOf(coupon, user('ann'))).toBe('UNKNOWN');
      expect(await statusOf(coupon, user('bob'), receipt)).toBe('UNKNOWN');
    } finally {
      await later.stop();
      await unread.close();
    }
  });

  it('send a request again whose receipt is shown and whose message is gone', async () => {
    const coupon = await open({});
    const { broker } = topic;
    const publish = broker.publish.bind(broker);
    broker.publish = async () => undefined;
    const receipt = await receiptOf(coupon, user('ann'));
    broker.publish = publish;
    expect(await ask(coupon, user('ann'), receipt)).toBe('PENDING');
    await settled();
    expect(await ask(coupon, user('ann'), receipt)).toBe('ISSUED');
  });

  it('are 503 while the broker is away, with nothing accepted', async () => {
    const coupon = await open({});
    const { broker } = topic;
    const publish = broker.publish.bind(broker);
    broker.publish = () => Promise.reject(new BrokerUnreachable('away', { retryAfterMs: 7_000 }));
    try {
      expect(await answerOf(coupon, user('ann'))).toEqual({
        ...{ outcome: 'UNAVAILABLE', reason: 'BROKER_UNREACHABLE', retryAfterMs: 7_000 },
      });
    } finally {
      broker.publish = publish;
    }
    await settled();
    expect(await rowsOf(coupon)).toEqual([]);
  });
});

describe('requests without a gate that arrive where there is one', () => {
  it('are passed over, whether the gate is up or not', async () => {
    const direct = ({ id }: Coupon, name: string): OutgoingMessage =>
      encodeDirectRequests({ couponId: id, acceptedAt: Date.now(), users: [user(name)], traceContext: null });
    const coupon = await open({ admission: 'GATE' });
    const { id } = await processes[0].coupons.create(coupon, OPERATOR);
    const without = (await processes[0].coupons.moveState(id, 'OPEN', OPERATOR))!.coupon;
    expect(without.epoch).toBe(WITHOUT_GATE.epoch);
    const byV1 = await open({ admission: 'GATE', issueMode: 'SYNC' });
    await topic.broker.publish(
      topic.to.topic,
      [coupon, without, byV1].map((one) => direct(one, 'forged')),
    );
    await settled();
    expect(await Promise.all([coupon, without, byV1].map(rowsOf))).toEqual([[], [], []]);
  });
});
