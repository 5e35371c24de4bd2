import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Coupon, IssueMode } from '../coupon/coupon.js';
import type { UserId } from '../coupon/ids.js';
import { users } from './a-coupon.js';
import { CoreProcess } from './core-process.js';
import { finalRows } from './coupon-rows.js';
import { FreshRedis } from './fresh-redis.js';
import { type PrivateRedis, privateRedis } from './private-redis.js';
import { TestDatabase } from './test-database.js';

/** Only what never happens reaches it, also on a machine that is many times slower. */
export const WAIT_MS_MAX = 120_000;
const POLL_MS = 10;

/** Asks again until there is an answer. @throws when there is none for two minutes */
export async function until<T>(what: string, ask: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (performance.now() < deadline) {
    // A server that is just coming back does not answer.
    const answer = await ask().catch(() => null);
    if (answer) return answer;
    await sleep(POLL_MS);
  }
  throw new Error(`It did not happen that ${what}.`);
}

/** A database, two Redis servers whose gates may be lost, and a process at the first of them for each test. */
export class LostGateScene {
  private readonly running: CoreProcess[] = [];
  fresh!: FreshRedis;
  core!: CoreProcess;

  private constructor(
    private readonly layout: 'stream' | 'line',
    readonly database: TestDatabase,
    readonly server: PrivateRedis,
    readonly other: PrivateRedis,
  ) {}

  static async create(layout: 'stream' | 'line'): Promise<LostGateScene> {
    const [database, server, other] = await Promise.all([
      TestDatabase.create(),
      privateRedis(),
      privateRedis(),
    ]);
    return new LostGateScene(layout, database, server, other);
  }

  async begin(): Promise<void> {
    this.fresh = await FreshRedis.create(this.server.url, undefined, this.layout);
    this.core = await this.startedAt(this.fresh, 'one');
  }

  async end(): Promise<void> {
    for (const each of this.running.splice(0)) await each.stop();
    // Nobody looks for the gates of the next test's predecessors.
    await this.database.query("UPDATE coupons SET state = 'CLOSED'");
    await this.fresh.redis.flushall();
    await this.fresh.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.server.stop(), this.other.stop()]);
    await this.database.drop();
  }

  async startedAt(redis: FreshRedis, name: string): Promise<CoreProcess> {
    const process = await CoreProcess.create(this.database, redis, name);
    this.running.push(process);
    return process;
  }

  /** Work with the other server, which is nobody's replica and empty again afterwards. */
  async withOther(work: (b: FreshRedis) => Promise<void>): Promise<void> {
    const b = await FreshRedis.create(this.other.url, this.fresh.namespace, this.layout);
    try {
      await work(b);
    } finally {
      await b.redis.replicaof('NO', 'ONE');
      await b.redis.flushall();
      await b.close();
    }
  }

  async opened(total: number, issueMode: IssueMode = 'ASYNC'): Promise<PeopleWithReceipts> {
    const coupon = await this.core.open({ totalQuantity: total, issueMode });
    return new PeopleWithReceipts(this.database, coupon, this.core);
  }
}

/** People who keep their receipts, and ask again as long as they are told that nobody knows. */
export class PeopleWithReceipts {
  readonly receipts = new Map<UserId, string>();

  constructor(
    private readonly database: TestDatabase,
    readonly coupon: Coupon,
    public at: CoreProcess,
  ) {}

  async ask(names: readonly UserId[]): Promise<void> {
    await Promise.all(names.map((name) => this.askUntilAnswered(name)));
  }

  private askUntilAnswered(name: UserId) {
    return until(`${name} is answered`, async () => {
      const answer = await this.at.requestCoupon.execute(
        this.coupon.id,
        name,
        this.receipts.get(name) ?? null,
      );
      if (answer.outcome === 'UNAVAILABLE') return null;
      if (answer.outcome === 'CLAIM' && answer.view.receipt) this.receipts.set(name, answer.view.receipt);
      return answer;
    });
  }

  /**
   * Whoever was accepted comes back with the receipt, then newcomers come, more than there are units. All that was
   * promised is kept or rejected by name, and all units are had, once (I1–I4, I7).
   */
  async expectExact(total: number): Promise<void> {
    const accepted = [...this.receipts.keys()];
    await this.ask(accepted);
    await this.ask(users(total, 'newcomer-'));
    const rows = await until('everybody accepted has a final row', async () => {
      const found = await finalRows(this.database, this.coupon.id);
      const have = new Set(found.map((row) => row.user));
      return [...this.receipts.keys()].every((name) => have.has(name)) && found;
    });
    const issued = rows.filter(({ status }) => status === 'ISSUED');
    expect(issued.map(({ number }) => number)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(new Set(rows.map((row) => row.user)).size).toBe(rows.length);
    const issuedTo = new Set(issued.map((row) => row.user));
    // Nobody came between them and the units that were left, so nobody accepted goes without.
    expect(accepted.filter((name) => !issuedTo.has(name))).toEqual([]);
    await until('the gate offers what is left, which is nothing', async () => {
      const [capacity, admitted] = await this.at.gateNumbers(this.coupon);
      return capacity === admitted;
    });
  }
}
