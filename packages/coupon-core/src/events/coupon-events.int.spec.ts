import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kafkaBrokers } from 'local-stack';
import {
  BrokerAway,
  checkSequence,
  ensureTopics,
  InMemoryBroker,
  KafkaBroker,
  Outbox,
  type OutgoingMessage,
  Worker,
} from 'messaging';
import { MysqlIssueStore } from '../adapters/mysql/issue-store.mysql.js';
import { UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import { COUPON_EVENTS, type CouponEvent, couponEvents } from '../contracts/coupon-events.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import { eventsPublished, publishingFailed } from '../metrics/drain-metrics.js';
import { aDefinition, OPERATOR, users } from '../testing/a-coupon.js';
import { aTraceparent } from '../testing/a-traceparent.js';
import { anEntry } from '../testing/an-entry.js';
import { couponStore, finalRows, openCoupon } from '../testing/coupon-rows.js';
import { eventually } from '../testing/eventually.js';
import { TestDatabase } from '../testing/test-database.js';
import { PublishEvents } from './publish-events.js';

const DAY_SECONDS = 86_400;

let database: TestDatabase;
let issues: MysqlIssueStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  issues = new MysqlIssueStore(database.unitOfWork());
});

afterAll(() => database?.drop());

/** The events of a coupon as they stand in the outbox. */
async function written(couponId: CouponId): Promise<CouponEvent[]> {
  const rows = await database.query<{ message: string }>(
    'SELECT message FROM outbox WHERE message_key = ? ORDER BY id',
    [String(couponId)],
  );
  return rows.map(({ message }) => couponEvents.decode(message));
}
const inShort = (events: readonly CouponEvent[]) => events.map(({ sequence, type }) => `${sequence} ${type}`);

function outbox(owner: string): Outbox {
  const unitOfWork = database.unitOfWork();
  return new Outbox((work) => unitOfWork.run(work), owner);
}

describe('I8: the outbox has', () => {
  it('a campaign’s changes, as they are behind each change, and nothing for what was refused', async () => {
    const store = couponStore(database);
    const { id } = await store.create(
      aDefinition({ title: 'first', totalQuantity: 10, issueMode: 'ASYNC', admission: 'QUEUE' }),
      OPERATOR,
    );
    await store.edit(id, { title: 'second' }, null, OPERATOR);
    await store.edit(id, { title: 'never' }, 999, OPERATOR);
    await store.moveState(id, 'OPEN', OPERATOR);
    await store.moveState(id, 'OPEN', OPERATOR);
    await store.changeTotal(id, 20, OPERATOR);
    const events = await written(id);
    expect(events.map(({ sequence, body }) => ({ sequence, ...body }))).toMatchObject([
      { sequence: 1, change: 'CREATED', title: 'first', state: 'DRAFT', admission: 'QUEUE' },
      { sequence: 2, change: 'EDITED', title: 'second', state: 'DRAFT' },
      { sequence: 3, change: 'MOVED', state: 'OPEN', totalQuantity: 10 },
      { sequence: 4, change: 'TOTAL_CHANGED', state: 'OPEN', totalQuantity: 20 },
    ]);
  });

  it('nothing where nobody is to be told', async () => {
    const silent = new MysqlIssueStore(new UnitOfWork(database.pool, undefined, false));
    const { id } = await openCoupon(database, { totalQuantity: 5, returnCancelledUnits: true });
    const before = await written(id);
    await silent.issueNow(id, users(3));
    const [issue] = await finalRows(database, id);
    const asked = { issueNumber: issue!.number!, owner: issue!.user as UserId, by: null };
    await silent.takeBack(id, [asked], 'CANCELLED');
    expect(await finalRows(database, id)).toHaveLength(3);
    expect(await written(id)).toEqual(before);
  });

  it('one event for a batch of V1, whose places are the issue numbers', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 5 });
    await issues.issueNow(id, users(3, 'a-'));
    await issues.issueNow(id, [...users(3, 'a-'), ...users(4, 'b-')]);
    const events = (await written(id)).filter(({ type }) => type === 'ISSUED');
    expect(inShort(events)).toEqual(['2 ISSUED', '3 ISSUED']);
    const told = events.flatMap(({ body }) =>
      'userIds' in body ? body.userIds.map((user, i) => ({ user, number: body.firstIssueNumber + i })) : [],
    );
    expect(told).toEqual((await finalRows(database, id)).map(({ user, number }) => ({ user, number })));
  });

  it('what a batch of V2 issued and rejected, for each of its coupons, once', async () => {
    const [one, two] = [await openCoupon(database, { totalQuantity: 2 }), await openCoupon(database)];
    const entries = [anEntry(one.id, users(3, 'v-')), anEntry(two.id, users(2, 'w-'))];
    const epochs = new Map([one, two].map(({ id }) => [id, 1]));
    await issues.settle(entries, epochs);
    // Read again, as after a crash behind the commit.
    await issues.settle(entries, epochs);
    expect(inShort((await written(one.id)).slice(1))).toEqual(['2 ISSUED', '3 REJECTED']);
    expect(inShort((await written(two.id)).slice(1))).toEqual(['2 ISSUED']);
  });

  it.each([true, false])('who took an issue back, where units return: %s', async (returnCancelledUnits) => {
    const { id } = await openCoupon(database, { totalQuantity: 5, returnCancelledUnits });
    const [owner] = users(1, 'c-');
    await issues.issueNow(id, [owner!]);
    const member = { issueNumber: 1, owner: owner!, by: null };
    await issues.takeBack(id, [member], 'CANCELLED');
    await issues.takeBack(id, [member], 'CANCELLED');
    const events = await written(id);
    expect(inShort(events.slice(1))).toEqual(['2 ISSUED', '3 CANCELLED']);
    expect(events[2]!.body).toEqual({
      couponId: id,
      lifecycle: 'CANCELLED',
      issues: [{ userId: owner, issueNumber: 1 }],
    });
  });

  it('the trace of whoever asked first with one, per coupon', async () => {
    const [one, two] = [await openCoupon(database, { totalQuantity: 9 }), await openCoupon(database)];
    const traced = (digit: number, couponId: CouponId, prefix: string) => ({
      ...anEntry(couponId, users(1, prefix)),
      traceContext: aTraceparent(digit),
    });
    await issues.issueNow(one.id, users(1, 'e-'), aTraceparent(1));
    await issues.issueNow(one.id, users(1, 'f-'));
    const entries = [anEntry(two.id, users(1, 'g-')), traced(2, one.id, 'h-'), traced(3, one.id, 'i-')];
    await issues.settle(entries, new Map([one, two].map(({ id }) => [id, 1])));
    const traces = async (id: CouponId) => (await written(id)).slice(1).map(({ correlation }) => correlation);
    expect(await traces(one.id)).toEqual([aTraceparent(1), null, aTraceparent(2)]);
    expect(await traces(two.id)).toEqual([null]);
  });

  it('nothing of a transaction that was rolled back', async () => {
    const { id } = await openCoupon(database, { totalQuantity: 5 });
    await database.query('INSERT INTO coupon_issues SET ?', [
      { coupon_id: id, user_id: 'z', status: 'ISSUED', issue_number: 1, issued_at: new Date() },
    ]);
    // The number is taken already, so the transaction fails at its end.
    await expect(issues.issueNow(id, users(1, 'd-'))).rejects.toThrow();
    expect(inShort(await written(id))).toEqual(['1 CAMPAIGN_CHANGED']);
  });
});

describe('I8: a reader', () => {
  it('gets every event of a coupon from Kafka in its order, whichever relay sends it, and one that dies in between', async () => {
    const brokers = await kafkaBrokers();
    const topics = [{ topic: COUPON_EVENTS, partitions: 2, retentionMs: 3_600_000 }];
    await ensureTopics(brokers, topics);
    const onConsumerEnd = (cause: Error) => {
      throw cause;
    };
    const open = (clientId: string) => new KafkaBroker({ brokers, clientId, onConsumerEnd });
    const coupons = await Promise.all([1, 2, 3].map(() => openCoupon(database, { totalQuantity: null })));
    const ids = new Set(coupons.map(({ id }) => String(id)));
    const started = Date.now();

    const seen = new Map<string, number>();
    const verdicts: string[] = [];
    const reader = open('reader');
    const worker = new Worker(reader, {
      topic: COUPON_EVENTS,
      group: `reader-${process.pid}-${started}`,
      handle: async ({ value }) => {
        const { key, sequence, occurredAt } = couponEvents.decode(value);
        // Another run's coupons may have the same ids.
        if (!ids.has(key) || occurredAt < started - 60_000) return;
        const verdict = checkSequence(seen.get(key) ?? 0, sequence!);
        verdicts.push(verdict.is);
        if (verdict.is !== 'REPEAT') seen.set(key, sequence!);
      },
      isTransient: () => false,
      deadLetter: async (message, cause) => {
        throw new Error(`${message.value}: ${cause}`);
      },
    });
    await worker.start();

    // It has published and dies before it marks: what it sent is sent again by those that live.
    const dying = outbox('dying');
    const broker = open('dying');
    const [partition] = await dying.claim();
    const rows = await dying.pending(partition!, 100);
    await broker.publish(
      COUPON_EVENTS,
      rows.map(({ key, message }) => ({ key, value: message })),
    );
    await dying.release();
    await broker.close();

    const relays = ['one', 'two'].map((owner) => new PublishEvents(outbox(owner), open(owner), DAY_SECONDS));
    for (const relay of relays) relay.start();
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(coupons.map(({ id }) => issues.issueNow(id, users(2, `${batch}-`))));
    }
    await eventually(async () => [...seen.values()].join(), '21,21,21');
    expect(verdicts).not.toContain('GAP');
    const pending = 'SELECT COUNT(*) AS count FROM outbox WHERE published_at IS NULL';
    await eventually(async () => Number((await database.query<{ count: number }>(pending))[0]!.count), 0);
    await worker.close();
    await reader.close();
    for (const relay of relays) await relay.stop();
  });

  it('is never sent a row twice by a relay that stays alive', async () => {
    const { id } = await openCoupon(database, { totalQuantity: null });
    for (let batch = 0; batch < 5; batch += 1) await issues.issueNow(id, users(1, `${batch}-`));
    const broker = new InMemoryBroker();
    const sent: string[] = [];
    const consumer = await broker.consume(COUPON_EVENTS, 'reader', async ({ messages }) => {
      sent.push(...messages.filter(({ key }) => key === String(id)).map(({ value }) => value));
      return messages.length;
    });
    const relay = new PublishEvents(outbox('alone'), broker, DAY_SECONDS);
    relay.start();
    await eventually(async () => sent.length, 6);
    await consumer.close();
    await relay.stop();
    expect(sent.map((text) => couponEvents.decode(text).sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is told in the end where the broker refuses; rounds that failed and events that were sent are counted', async () => {
    const { id } = await openCoupon(database, { totalQuantity: null });
    await issues.issueNow(id, users(1, 'r-'));
    let refuses = true;
    class RefusingBroker extends InMemoryBroker {
      override async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
        if (refuses) throw new BrokerAway('It refuses.');
        await super.publish(topic, messages);
      }
    }
    const [failedBefore, sentBefore] = [publishingFailed.value, eventsPublished.value];
    const relay = new PublishEvents(outbox('refused'), new RefusingBroker(), DAY_SECONDS);
    relay.start();
    await eventually(async () => publishingFailed.value > failedBefore + 1, true);
    expect(eventsPublished.value).toBe(sentBefore);
    refuses = false;
    await eventually(async () => eventsPublished.value, sentBefore + 2);
    await relay.stop();
  });
});
