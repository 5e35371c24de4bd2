import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Lock } from 'redlock';
import { type Transaction, UnitOfWork } from '../adapters/mysql/unit-of-work.js';
import { createRedis } from '../adapters/redis/connection.js';
import { RedisCouponLock } from '../adapters/redis/coupon-lock.redis.js';
import { decodeEntry } from '../adapters/redis/queue-entry.js';
import type { CouponDefinition } from '../coupon/coupon.js';
import type { CouponId } from '../coupon/ids.js';
import { handOvers } from '../metrics/request-metrics.js';
import { user, users } from '../testing/a-coupon.js';
import { aTraceparent } from '../testing/a-traceparent.js';
import { violationsOf } from '../testing/check-evidence.js';
import { CoreProcess } from '../testing/core-process.js';
import { finalRows } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { Rush, type RushShape } from '../testing/rush.js';
import { printedSeed, seededRandom } from '../testing/seed.js';
import { TestDatabase } from '../testing/test-database.js';
import { CouponLock, NO_TURN } from './coupon-lock.js';
import type { GateAddress } from './gate.js';
import { SettleQueueBatch } from './settle-queue-batch.js';

const random = seededRandom(printedSeed());
const LONG_MS = 600_000;

let database: TestDatabase;
let fresh: FreshRedis;
const started: CoreProcess[] = [];

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
});

afterAll(async () => {
  await Promise.all(started.map((each) => each.stop()));
  await fresh?.close();
  await database?.drop();
});

async function processWith(lock: CouponLock, unitOfWork = database.unitOfWork()): Promise<CoreProcess> {
  const core = await CoreProcess.create(database, fresh, `core-${started.length}`, { unitOfWork, lock });
  started.push(core);
  return core;
}

const realLock = (waitMs: number) =>
  new RedisCouponLock(fresh.redis, fresh.keys, { waitMs, leaseMs: LONG_MS });

/** Counts how often it was held, and by how many at most at the same time. */
class CountingLock extends CouponLock {
  turns = 0;
  private inside = 0;
  most = 0;

  constructor(private readonly lock: CouponLock) {
    super();
  }

  hold<T>(at: GateAddress, since: number, work: () => Promise<T>): Promise<T | typeof NO_TURN> {
    return this.lock.hold(at, since, async () => {
      this.turns += 1;
      this.inside += 1;
      this.most = Math.max(this.most, this.inside);
      try {
        return await work();
      } finally {
        this.inside -= 1;
      }
    });
  }
}

const distributed = (core: CoreProcess, given: Partial<CouponDefinition> = {}) =>
  core.open({ totalQuantity: 5, issueMode: 'BOTH', lockStrategy: 'distributed', ...given });
const issueTo = (core: CoreProcess, id: CouponId, names: string[]) =>
  Promise.all(names.map((name) => core.issueCoupon.execute(id, user(name))));
const issuedTo = async (id: CouponId) =>
  (await finalRows(database, id)).filter(({ status }) => status === 'ISSUED').map((row) => row.user);

describe('the lock of a coupon with the strategy distributed', () => {
  it('is held once for a batch', async () => {
    const lock = new CountingLock(realLock(LONG_MS));
    const core = await processWith(lock);
    const { id } = await distributed(core, { totalQuantity: 100 });
    await issueTo(core, id, ['first']);
    lock.turns = 0;
    const answers = await issueTo(core, id, users(50));
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array(50).fill('ISSUED'));
    expect(lock.turns).toBe(1);
  });

  it('is nothing to a coupon with the strategy row, nor to one that V1 does not issue', async () => {
    const lock = new CountingLock(realLock(LONG_MS));
    const core = await processWith(lock);
    const row = await core.open({ totalQuantity: 5 });
    const queued = await distributed(core, { issueMode: 'ASYNC' });
    expect(await issueTo(core, row.id, ['a'])).toMatchObject([{ outcome: 'ISSUED' }]);
    expect(await issueTo(core, queued.id, ['a'])).toEqual([{ outcome: 'REFUSED', code: 'WRONG_MODE' }]);
    expect(lock.turns).toBe(0);
  });
});

describe('without a turn in time', () => {
  /** Somebody else holds the lock until `end`. */
  async function keptByAnother(at: GateAddress) {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = realLock(LONG_MS).hold(at, performance.now(), async () => {
      begun.resolve();
      await ended.promise;
    });
    await begun.promise;
    const end = async () => {
      ended.resolve();
      await holding;
    };
    return { end };
  }

  const drain = async (core: CoreProcess) => {
    const batch = await core.queue.readNew(0, 500);
    await new SettleQueueBatch(core.store, core.queue).execute(batch!);
  };

  it('everybody of the batch is handed over to the queue, once, and reads the claim ever after', async () => {
    const core = await processWith(realLock(20));
    const { id, shard } = await distributed(core);
    const { end } = await keptByAnother({ couponId: id, shard });
    const pending = (ticket: number) => ({ outcome: 'CLAIM', view: { status: 'PENDING', ticket } });
    const before = handOvers.value;
    expect(await issueTo(core, id, ['a', 'b', 'a'])).toMatchObject([pending(1), pending(2), pending(1)]);
    expect(handOvers.value).toBe(before + 3);
    expect(await issueTo(core, id, ['a'])).toMatchObject([pending(1)]);
    await end();
    // With the lock free, and units left: who is in line is not issued another by V1.
    expect(await issueTo(core, id, ['a', 'c', 'b'])).toMatchObject([
      pending(1),
      { outcome: 'ISSUED', issue: { issueNumber: 1 } },
      pending(2),
    ]);
    expect(await issuedTo(id)).toEqual(['c']);
    await drain(core);
    expect(await issueTo(core, id, ['a', 'b'])).toMatchObject([
      { outcome: 'REPEATED', issue: { issueNumber: 2 } },
      { outcome: 'REPEATED', issue: { issueNumber: 3 } },
    ]);
    expect(await issuedTo(id)).toEqual(['c', 'a', 'b']);
    expect(await database.query('SELECT * FROM voided_tickets WHERE coupon_id = ?', [id])).toEqual([]);
  });

  it('a winner of V1 reads the issue, and whoever comes too late the refusal of the queue', async () => {
    const core = await processWith(realLock(20));
    const { id, shard } = await distributed(core, { totalQuantity: 1 });
    await issueTo(core, id, ['a']);
    const { end } = await keptByAnother({ couponId: id, shard });
    expect(await issueTo(core, id, ['a'])).toMatchObject([
      { outcome: 'REPEATED', issue: { issueNumber: 1 } },
    ]);
    // The gate may not have heard of V1's issue yet; the sweeper tells it.
    await core.sweeper.sweep();
    expect(await issueTo(core, id, ['b'])).toEqual([{ outcome: 'REFUSED', code: 'SOLD_OUT' }]);
    await end();
  });

  it('a coupon that has V1 only says that it cannot answer', async () => {
    const core = await processWith(realLock(20));
    const { id, shard } = await distributed(core, { issueMode: 'SYNC' });
    const { end } = await keptByAnother({ couponId: id, shard });
    const unavailable = { outcome: 'UNAVAILABLE', reason: 'LOCK_NOT_HAD' };
    expect(await issueTo(core, id, ['a', 'b'])).toEqual([unavailable, unavailable]);
    await end();
    expect(await issueTo(core, id, ['a'])).toMatchObject([{ outcome: 'ISSUED' }]);
  });

  it('it is the same where the server of the lock is away, and nobody waits for it', async () => {
    const away = createRedis('redis://127.0.0.1:1', 'away');
    const core = await processWith(
      new RedisCouponLock(away, fresh.keys, { waitMs: LONG_MS, leaseMs: LONG_MS }),
    );
    const both = await distributed(core);
    const sync = await distributed(core, { issueMode: 'SYNC' });
    expect(await issueTo(core, both.id, ['a'])).toMatchObject([{ view: { status: 'PENDING', ticket: 1 } }]);
    expect(await issueTo(core, sync.id, ['a'])).toMatchObject([{ outcome: 'UNAVAILABLE' }]);
    away.disconnect();
  });

  it('a request for the queue behind the lock goes into the queue all the same', async () => {
    const core = await processWith(realLock(20));
    const { id, shard } = await distributed(core);
    const request = (name: string) => core.requestInTurn.execute(id, user(name));
    expect(await request('a')).toMatchObject({ view: { status: 'PENDING', ticket: 1 } });
    const { end } = await keptByAnother({ couponId: id, shard });
    expect(await request('b')).toMatchObject({ view: { status: 'PENDING', ticket: 2 } });
    expect(await request('a')).toMatchObject({ view: { status: 'PENDING', ticket: 1 } });
    await end();
    const sync = await distributed(core, { issueMode: 'SYNC' });
    expect(await core.requestInTurn.execute(sync.id, user('a'))).toEqual({
      outcome: 'REFUSED',
      code: 'WRONG_MODE',
    });
  });

  it('who is handed over, or asks for the queue, is traced into it', async () => {
    const core = await processWith(realLock(20));
    const { id, shard } = await distributed(core);
    const traceOfLast = async () => {
      const [[entryId, fields]] = (await fresh.redis.xrevrange(
        fresh.keys.queue(shard),
        '+',
        '-',
        'COUNT',
        1,
      )) as [[string, string[]]];
      return decodeEntry(entryId, fields);
    };
    const { end } = await keptByAnother({ couponId: id, shard });
    await core.issueCoupon.execute(id, user('a'), aTraceparent(1));
    expect(await traceOfLast()).toMatchObject({ couponId: id, traceContext: aTraceparent(1) });
    await core.requestInTurn.execute(id, user('b'), aTraceparent(2));
    expect(await traceOfLast()).toMatchObject({ couponId: id, traceContext: aTraceparent(2) });
    await end();
  });
});

describe('nothing is right because of the lock (I1, I2, I11)', () => {
  class NeverExtended extends RedisCouponLock {
    protected override extend(): Promise<Lock> {
      return Promise.reject(new Error('stalled'));
    }
  }

  /** Stalls before its first transaction, as a process does that the machine has stopped. */
  class StalledUnitOfWork extends UnitOfWork {
    private readonly stalled = Promise.withResolvers<void>();
    private readonly goingOn = Promise.withResolvers<void>();
    readonly hasStalled = this.stalled.promise;
    isArmed = false;

    goOn(): void {
      this.goingOn.resolve();
    }

    override async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      if (this.isArmed) {
        this.stalled.resolve();
        await this.goingOn.promise;
      }
      return super.run(work);
    }
  }

  it('a holder that stalls past its lease issues nothing too many, and nobody a second one', async () => {
    const stalling = new StalledUnitOfWork(database.pool);
    const lease = { waitMs: 0, leaseMs: 100 };
    const stalled = await processWith(new NeverExtended(fresh.redis, fresh.keys, lease), stalling);
    const other = await processWith(realLock(LONG_MS));
    const { id } = await distributed(stalled, { totalQuantity: 5, issueMode: 'SYNC' });
    await stalled.coupons.find(id);
    stalling.isArmed = true;
    const late = issueTo(stalled, id, ['a', 'b', 'u1']);
    await stalling.hasStalled;
    const inTime = await issueTo(other, id, ['u1', 'u2', 'u3', 'u4', 'u5', 'u6']);
    stalling.goOn();
    const soldOut = { outcome: 'REFUSED', code: 'SOLD_OUT' };
    const numbered = (outcome: string, issueNumber: number) => ({ outcome, issue: { issueNumber } });
    expect(inTime).toMatchObject([...[1, 2, 3, 4, 5].map((n) => numbered('ISSUED', n)), soldOut]);
    expect(await late).toMatchObject([soldOut, soldOut, numbered('REPEATED', 1)]);
    expect(await issuedTo(id)).toEqual(['u1', 'u2', 'u3', 'u4', 'u5']);
  });

  const KINDS = ['none', 'shared', 'own'] as const;

  /** Each in its turn: no turn at all, a turn that keeps nobody out, a turn as it should be. */
  class UnreliableLock extends CouponLock {
    readonly count = { none: 0, shared: 0, own: 0 };
    private turns = Math.floor(random() * KINDS.length);

    constructor(private readonly lock: CouponLock) {
      super();
    }

    async hold<T>(at: GateAddress, since: number, work: () => Promise<T>): Promise<T | typeof NO_TURN> {
      const kind = KINDS[this.turns++ % KINDS.length]!;
      this.count[kind] += 1;
      if (kind === 'none') return NO_TURN;
      return kind === 'shared' ? work() : this.lock.hold(at, since, work);
    }
  }

  const BOTH: RushShape = {
    issueMode: 'BOTH',
    lockStrategy: 'distributed',
    total: 60,
    users: 300,
    requests: 700,
  };

  async function rush(locks: CouponLock[], shape: RushShape) {
    const processes = await Promise.all(locks.map((lock) => processWith(lock)));
    for (const each of processes) each.startWorker();
    return new Rush(database, fresh, processes, random).run(shape);
  }

  it.each<[RushShape['issueMode']]>([['SYNC'], ['BOTH']])(
    'two processes take turns at one coupon, exactly: %s',
    async (issueMode) => {
      const lock = new CountingLock(realLock(LONG_MS));
      // One counter in front of both, as they would see each other.
      const evidence = await rush([lock, lock], { ...BOTH, issueMode });
      expect(violationsOf(evidence)).toEqual([]);
      expect(evidence.counted).toBe(BOTH.total);
      expect(lock.most).toBe(1);
    },
  );

  it('a lock that lets in nobody, or two at once, changes who gets one and not how many', async () => {
    // One in front of both processes, so that no kind is left to chance.
    const lock = new UnreliableLock(realLock(LONG_MS));
    const evidence = await rush([lock, lock], BOTH);
    expect(violationsOf(evidence)).toEqual([]);
    expect(evidence.counted).toBe(BOTH.total);
    for (const kind of KINDS) expect(lock.count[kind]).toBeGreaterThan(0);
  });
});
