import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { type Coupon, type IssueMode, type LockStrategy, live } from '../coupon/coupon.js';
import type { CouponId, UserId } from '../coupon/ids.js';
import type { IssueAnswer, RequestAnswer } from '../issuance/claim-view.js';
import { user } from './a-coupon.js';
import type { Evidence, Told } from './check-evidence.js';
import type { CoreProcess } from './core-process.js';
import { finalRows, readCoupon } from './coupon-rows.js';
import type { FreshRedis } from './fresh-redis.js';
import { shuffled } from './seed.js';
import type { TestDatabase } from './test-database.js';

type Door = 'V1' | 'V2';

const DOORS: Record<IssueMode, readonly Door[]> = { SYNC: ['V1'], ASYNC: ['V2'], BOTH: ['V1', 'V2'] };
const TOGETHER_MAX = 120;
/** People who come when all is over, to see whether a unit was left; more than this means that there is no end. */
const LATECOMERS_MAX = 30;
const SETTLE_MS_MAX = 60_000;

export interface RushShape {
  total: number;
  issueMode: IssueMode;
  /** Default: `row`. */
  lockStrategy?: LockStrategy;
  users: number;
  requests: number;
  /** How likely it is that somebody who reads of an issue cancels it; its unit goes back then. */
  cancelling?: number;
  /** By how much, at the most, an operator raises or lowers the total, again and again during the first half. */
  changing?: number;
}

/** A crowd at the doors of one coupon, through several processes at once; everything it was told is kept. */
export class Rush {
  private readonly told: Told[] = [];
  private moment = 0;
  private coupon!: Coupon;
  /** What the total has been; the last one is in force. */
  readonly totals: number[] = [];

  constructor(
    private readonly database: TestDatabase,
    private readonly fresh: FreshRedis,
    private readonly processes: readonly CoreProcess[],
    private readonly random: () => number,
  ) {}

  async run(shape: RushShape): Promise<Evidence> {
    const { total: totalQuantity, issueMode, lockStrategy = 'row' } = shape;
    const returnCancelledUnits = shape.cancelling !== undefined;
    const defined = { totalQuantity, issueMode, lockStrategy, returnCancelledUnits };
    this.coupon = await this.anyOf(this.processes).open(defined);
    this.totals.push(shape.total);
    if (shape.changing) await this.beforeAnybodyCame(shape.changing);
    await this.crowd(shape);
    await this.settled();
    await this.latecomers(shape);
    await this.everybodyAgain(shape);
    await this.settled();
    return this.evidence(shape);
  }

  /** Everybody once, and the rest of the requests by people who have asked, or are asking, already. */
  private async crowd({
    issueMode,
    users,
    requests,
    cancelling = 0,
    changing = 0,
  }: RushShape): Promise<void> {
    const people = Array.from({ length: requests }, (_, i) =>
      user(`u${i < users ? i : Math.floor(this.random() * users)}`),
    );
    const waiting = shuffled(people, this.random);
    const underWay: Promise<void>[] = [];
    let operator = Promise.resolve();
    while (waiting.length > 0) {
      const together = waiting.splice(0, 1 + Math.floor(this.random() * TOGETHER_MAX));
      for (const person of together) {
        const asked = this.ask(this.anyOf(DOORS[issueMode]), person);
        underWay.push(this.random() < cancelling ? asked.then(() => this.cancel(person)) : asked);
      }
      if (changing > 0 && waiting.length > requests / 2) {
        const by = Math.round((this.random() * 2 - 0.8) * changing);
        operator = operator.then(() => this.changeTotal(by));
      }
      if (this.random() < 0.3) await Promise.all(underWay);
      else await tick();
    }
    await Promise.all([...underWay, operator]);
  }

  /** Nothing is given yet, so that both are in force for certain. */
  private async beforeAnybodyCame(by: number): Promise<void> {
    await this.changeTotal(-by);
    await this.changeTotal(by);
  }

  /** Where more is given than that, or the gate cannot be asked, the total stays. */
  private async changeTotal(by: number): Promise<void> {
    const total = Math.max(1, this.totals.at(-1)! + by);
    const result = await this.anyOf(this.processes).change(this.coupon.id, total);
    if (result.outcome !== 'CHANGED') return;
    const { coupon } = result;
    if (coupon.totalQuantity !== total || live(coupon) > total)
      throw new Error(`I1: ${live(coupon)} issued of ${coupon.totalQuantity} when the total became ${total}`);
    if (total !== this.totals.at(-1)) this.totals.push(total);
  }

  /** I6, the other half: whatever is left can be had by somebody who comes now. */
  private async latecomers({ issueMode }: RushShape): Promise<void> {
    for (let i = 0; i < LATECOMERS_MAX; i += 1) {
      const before = this.told.length;
      for (const door of DOORS[issueMode]) await this.ask(door, user(`late-${door}-${i}`));
      await this.settled();
      const answers = this.told.slice(before);
      if (answers.every(({ answer }) => answer.kind === 'REFUSED')) return;
    }
  }

  /** I5: a repeat reads the same. */
  private async everybodyAgain({ issueMode, users }: RushShape): Promise<void> {
    const people = Array.from({ length: users }, (_, i) => user(`u${i}`));
    for (const door of DOORS[issueMode]) await Promise.all(people.map((person) => this.ask(door, person)));
  }

  /** Through both processes at once, as soon as there is an issue; whoever has none cancels nothing. */
  private async cancel(person: UserId): Promise<void> {
    const number = await this.numberOf(person);
    if (number === null) return;
    await Promise.all(
      this.processes.map(async (by) => {
        const sent = ++this.moment;
        const answer = await by.cancel(this.coupon.id, number, person).then(
          ({ outcome }): Told['answer'] =>
            outcome === 'TAKEN_BACK' || outcome === 'REPEATED'
              ? { kind: 'CANCELLED', number }
              : { kind: 'NO_ANSWER', why: outcome },
          (cause: Error): Told['answer'] => ({ kind: 'NO_ANSWER', why: cause.message }),
        );
        this.told.push({ user: person, sent, answered: ++this.moment, answer });
      }),
    );
  }

  /** Waits for what the consumer makes of a claim. */
  private async numberOf(person: UserId): Promise<number | null> {
    const deadline = Date.now() + SETTLE_MS_MAX;
    for (;;) {
      const answer = await this.anyOf(this.processes).readClaimStatus.execute(this.coupon.id, person, null);
      if (answer.outcome !== 'CLAIM') return null;
      const { status, issue } = answer.view;
      if (status !== 'PENDING') return issue?.status === 'ISSUED' ? issue.issueNumber : null;
      if (Date.now() > deadline) throw new Error('A claim was not settled in time.');
      await sleep(10);
    }
  }

  private async ask(door: Door, person: UserId): Promise<void> {
    const by = this.anyOf(this.processes);
    const sent = ++this.moment;
    const answer =
      door === 'V1'
        ? await by.issueCoupon.execute(this.coupon.id, person)
        : await by.requestCoupon.execute(this.coupon.id, person, null);
    this.told.push({ user: person, sent, answered: ++this.moment, answer: inShort(answer) });
  }

  /** Until nothing is in the queue, the gate has taken everything that the rows say, and sells what it has. */
  private async settled(): Promise<void> {
    const [one] = this.processes;
    await this.drained(one!);
    const deadline = Date.now() + SETTLE_MS_MAX;
    while ((await this.untaken(one!)) || (await this.reopening())) {
      if (Date.now() > deadline) throw new Error('The gate was not told in time.');
      await sleep(10);
    }
  }

  private async drained(by: CoreProcess): Promise<void> {
    const deadline = Date.now() + SETTLE_MS_MAX;
    while ((await by.queue.depth(this.coupon.shard)) > 0) {
      if (Date.now() > deadline) throw new Error('The queue was not drained in time.');
      await sleep(10);
    }
    await by.relayed.untilSettled();
  }

  private async untaken(by: CoreProcess): Promise<boolean> {
    await by.sweeper.sweep();
    return (await by.coupons.findUntakenViews(1_000)).some((view) => view.couponId === this.coupon.id);
  }

  private async reopening(): Promise<boolean> {
    const { redis, keys } = this.fresh;
    const sellsFrom = await redis.hget(keys.gate(this.coupon.shard, this.coupon.id), 'sellsFrom');
    const [seconds] = await redis.time();
    return Number(sellsFrom) >= Number(seconds) * 1_000;
  }

  private async evidence({ issueMode }: RushShape): Promise<Evidence> {
    const { id, shard } = this.coupon;
    const [rows, { issuedQuantity: counted, givenBack }] = [
      await finalRows(this.database, id),
      await readCoupon(this.database, id),
    ];
    const offered = issueMode === 'SYNC' ? null : await this.offered(id, shard);
    return { total: this.totals.at(-1)!, counted, givenBack, rows, told: this.told, offered };
  }

  private async offered(id: CouponId, shard: number): Promise<number> {
    const [capacity, admitted] = await this.fresh.redis.hmget(
      this.fresh.keys.gate(shard, id),
      'capacity',
      'admitted',
    );
    return Number(capacity) - Number(admitted);
  }

  private anyOf<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)]!;
  }
}

function inShort(answer: IssueAnswer | RequestAnswer): Told['answer'] {
  switch (answer.outcome) {
    case 'UNAVAILABLE':
      return { kind: 'NO_ANSWER', why: answer.reason };
    case 'REFUSED':
      return { kind: 'REFUSED', code: answer.code };
    case 'CLAIM': {
      const { view } = answer;
      if (view.issue?.status === 'ISSUED') return { kind: 'ISSUED', number: view.issue.issueNumber };
      if (view.status === 'REJECTED') return { kind: 'REJECTED' };
      if (view.status === 'PENDING' && view.ticket !== null) return { kind: 'ACCEPTED', ticket: view.ticket };
      return { kind: 'NO_ANSWER', why: view.status };
    }
    default:
      return { kind: 'ISSUED', number: answer.issue.issueNumber };
  }
}
