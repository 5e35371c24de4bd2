import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrokerUnreachable } from '../adapters/guarded-broker.js';
import type { Coupon, CouponDefinition } from '../coupon/coupon.js';
import { WITHOUT_GATE } from '../coupon/decide-settlement.js';
import type { Claimant } from '../coupon/ids.js';
import { user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import { TestTopic } from '../testing/test-topic.js';
import type { IssueAnswer, RequestAnswer } from './claim-view.js';
import type { DrainTopic } from './drain-topic.js';

const random = seededRandom(printedSeed());

let database: TestDatabase;
let fresh: FreshRedis;
let topic: TestTopic;
let api: CoreProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
});

afterAll(async () => {
  await fresh?.close();
  await database?.drop();
});

/** A topic of its own, which nobody reads yet. */
async function withTopic(test: () => Promise<void>): Promise<void> {
  topic = await TestTopic.create();
  api = await CoreProcess.create(database, fresh, 'api', { topic });
  try {
    await test();
  } finally {
    await api.stop();
    await topic.close();
  }
}

async function reading(test: () => Promise<void>): Promise<void> {
  const reader: DrainTopic = api.readerOf(topic);
  reader.start();
  try {
    await test();
  } finally {
    await reader.stop();
  }
}

const open = (definition: Partial<CouponDefinition> = {}): Promise<Coupon> =>
  api.open({ admission: 'QUEUE', issueMode: 'BOTH', ...definition });

function inShort(answer: RequestAnswer | IssueAnswer): string {
  if (answer.outcome === 'CLAIM') return answer.view.status;
  if (answer.outcome === 'REFUSED') return answer.code;
  return answer.outcome === 'UNAVAILABLE' ? answer.reason : answer.outcome;
}

type Door = 'V1' | 'V2';

const ask = async ({ id }: Coupon, who: Claimant, at: Door = 'V2'): Promise<string> =>
  inShort(await (at === 'V2' ? api.requestCoupon.execute(id, who, null) : api.issueCoupon.execute(id, who)));

/** What was done to the coupon is what a view shows within ten seconds, and here at once. */
async function move(coupon: Coupon, to: 'PAUSED' | 'OPEN' | 'CLOSED'): Promise<void> {
  await api.move(coupon.id, to);
  api.cache.dropAll();
}

describe('who asks again without a receipt at a coupon without a gate (I5)', () => {
  const doors: Door[] = ['V1', 'V2'];

  it.each(doors)('is not refused by %s as long as the first request may wait in the topic', (door) =>
    withTopic(async () => {
      const coupon = await open();
      expect(await ask(coupon, user('ann'))).toBe('PENDING');
      await move(coupon, 'PAUSED');
      for (const name of ['ann', 'bob']) expect(await ask(coupon, user(name), door)).toBe('NOT_DECIDED_YET');
      await reading(async () => {
        await topic.relayed.untilSettled();
        expect(await ask(coupon, user('ann'), door)).toBe(door === 'V1' ? 'REPEATED' : 'ISSUED');
        expect(await ask(coupon, user('bob'), door)).toBe('PAUSED');
      });
    }),
  );

  it('is told to ask again when all is sold while requests wait, and then that they came too late', () =>
    withTopic(async () => {
      const coupon = await open({ totalQuantity: 1 });
      expect(await ask(coupon, user('ann'))).toBe('PENDING');
      expect(await ask(coupon, user('bob'), 'V1')).toBe('ISSUED');
      api.cache.dropAll();
      expect(await ask(coupon, user('bob'))).toBe('ISSUED');
      expect(await ask(coupon, user('ann'))).toBe('NOT_DECIDED_YET');
      await reading(async () => {
        await topic.relayed.untilSettled();
        expect(await ask(coupon, user('ann'))).toBe('REJECTED');
        expect(await ask(coupon, user('eve'))).toBe('SOLD_OUT');
      });
    }));

  it('hears nothing final where the broker cannot be asked', () =>
    withTopic(async () => {
      const coupon = await open();
      await move(coupon, 'PAUSED');
      const { ends } = topic.progress;
      topic.progress.ends = () => Promise.reject(new BrokerUnreachable('away', { retryAfterMs: 7_000 }));
      try {
        expect(await api.requestCoupon.execute(coupon.id, user('ann'), null)).toEqual({
          ...{ outcome: 'UNAVAILABLE', reason: 'BROKER_UNREACHABLE', retryAfterMs: 7_000 },
        });
      } finally {
        topic.progress.ends = ends;
      }
      expect(await ask(coupon, user('ann'))).toBe('PAUSED');
    }));

  it('waits on where the request is kept as a dead letter', () =>
    withTopic(async () => {
      const coupon = await open();
      const claim = { userId: user('ann'), ...WITHOUT_GATE, acceptedAt: Date.now() };
      const entry = { id: 'one', couponId: coupon.id, claims: [claim], traceContext: null };
      await api.store.keepDeadLetters([{ entry, claims: [claim] }], 'a test');
      await move(coupon, 'CLOSED');
      expect(await ask(coupon, user('ann'))).toBe('PENDING');
      expect(await ask(coupon, user('bob'))).toBe('CLOSED');
    }));

  it('is not kept waiting by requests for a coupon on another partition', () =>
    withTopic(async () => {
      const coupons = await Promise.all(Array.from({ length: 8 }, () => open()));
      const partitions = await Promise.all(
        coupons.map(async ({ id }) => [...(await topic.progress.ends(String(id))).keys()]),
      );
      const busy = coupons.filter((_, i) => partitions[i]![0] === 0);
      const quiet = coupons.filter((_, i) => partitions[i]![0] === 1);
      expect(partitions.every((of) => of.length === 1)).toBe(true);
      for (const coupon of busy) await ask(coupon, user('ann'));
      for (const coupon of coupons) await move(coupon, 'PAUSED');
      const answers = (of: Coupon[]) => Promise.all(of.map((coupon) => ask(coupon, user('bob'))));
      expect(new Set(await answers(busy))).toEqual(new Set(['NOT_DECIDED_YET']));
      expect(new Set(await answers(quiet))).toEqual(new Set(['PAUSED']));
    }));

  it('is never refused in a rush whose operator pauses it again and again, and refuses only who has nothing', () =>
    withTopic(() =>
      reading(async () => {
        const coupon = await open({ totalQuantity: 40 });
        const wronged: string[] = [];
        const visit = async (who: Claimant) => {
          let isAccepted = false;
          for (let time = 0; time < 6; time += 1) {
            const answer = await ask(coupon, who, random() < 0.2 ? 'V1' : 'V2');
            const isRefused = ['PAUSED', 'SOLD_OUT'].includes(answer);
            if (isRefused && isAccepted) wronged.push(`${who}: ${answer}`);
            isAccepted ||= ['PENDING', 'ISSUED', 'REPEATED', 'REPEATED', 'REJECTED'].includes(answer);
          }
          return isAccepted ? who : null;
        };
        let isOver = false;
        const operator = async () => {
          for (let to: 'PAUSED' | 'OPEN' = 'PAUSED'; !isOver; to = to === 'OPEN' ? 'PAUSED' : 'OPEN') {
            await move(coupon, to);
          }
        };
        const pausing = operator();
        const accepted = await Promise.all(users(200).map(visit));
        isOver = true;
        await pausing;
        await topic.relayed.untilSettled();
        expect(wronged).toEqual([]);
        const rows = await finalRows(database, coupon.id);
        const names = new Set(accepted.flatMap((who) => (who === null ? [] : [String(who)])));
        expect(new Set(rows.map((row) => row.user))).toEqual(names);
        const numbers = rows.flatMap(({ number }) => (number === null ? [] : [number]));
        expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 1));
      }),
    ));
});
