import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, ApiClient } from './api-client.js';
import type { Dice } from './fault-seed.js';
import type { Question, Testimony } from './testimony.js';
import { until } from './until.js';

export interface Rush {
  door: 'V1' | 'V2';
  /** Users who ask at the same time. */
  lanes?: number;
  /** How long a lane rests behind each user, so that a rush lasts as long as the faults that it is to meet. */
  pauseMs?: number;
}

const PATHS: Record<Question, (couponId: number) => string> = {
  V1: (couponId) => `/v1/coupons/${couponId}/issues`,
  V2: (couponId) => `/v2/coupons/${couponId}/issues`,
  ME: (couponId) => `/v2/coupons/${couponId}/issues/me`,
};
const LANES = 32;
const DOUBLE_CLICKS = 0.1;
const LOOK_UPS = 0.2;
const USERS_MAX = 20_000;

/** People who want one coupon. Whatever they are told goes into the testimony. */
export class Crowd {
  /** Questions that were settled, by a claim or by a refusal. */
  settled = 0;

  constructor(
    private readonly api: ApiClient,
    readonly couponId: number,
    readonly told: Testimony,
    private readonly dice: Dice,
  ) {}

  /** One question, whatever is answered. */
  async ask(userId: string, question: Question, receipt: string | null = null): Promise<Answer> {
    return (await this.put(userId, question, receipt)).answer;
  }

  /** Asks until there is an answer that settles the question, as people do. */
  async askUntilSettled(userId: string, question: Question, receipt: string | null = null): Promise<Answer> {
    return until(`${question} settles the question of ${userId}`, async () => {
      const { answer, settles } = await this.put(userId, question, receipt);
      return settles && answer;
    });
  }

  /**
   * Everybody asks until it is settled. Some click twice at the same moment, some look up at once what became of
   * their claim.
   */
  async rush(users: Iterable<string>, { door, lanes = LANES, pauseMs = 0 }: Rush): Promise<void> {
    await inLanes(users, lanes, async (userId) => {
      const clicks = this.dice.next() < DOUBLE_CLICKS ? 2 : 1;
      await Promise.all(Array.from({ length: clicks }, () => this.askUntilSettled(userId, door)));
      this.settled += 1;
      if (this.dice.next() < LOOK_UPS) await this.ask(userId, 'ME');
      if (pauseMs > 0) await sleep(pauseMs);
    });
  }

  /** Everybody who holds a claim looks it up until it is final. */
  async awaitFinal(): Promise<void> {
    const waiting = this.told.who(({ accepted, final }) => accepted && final === null);
    await inLanes(waiting, LANES, async (userId) => {
      await until(`the claim of ${userId} becomes final`, async () => {
        await this.ask(userId, 'ME');
        return this.told.of(userId).final;
      });
    });
  }

  /** Everybody looks up once what became of it; a change of a final answer is noted in the testimony. */
  async everybodyLooksUp(): Promise<void> {
    await inLanes(this.told.everybody, LANES, async (userId) => {
      await this.askUntilSettled(userId, 'ME');
    });
  }

  private async put(
    userId: string,
    question: Question,
    receipt: string | null,
  ): Promise<{ answer: Answer; settles: boolean }> {
    const before = this.told.of(userId);
    const answer = await this.api.call({
      method: question === 'ME' ? 'GET' : 'POST',
      path: PATHS[question](this.couponId),
      headers: { 'x-user-id': userId, ...(receipt === null ? {} : { 'x-receipt': receipt }) },
    });
    return { answer, settles: this.told.hear(userId, question, before, answer) };
  }
}

/** `u1 … un`. */
export const users = (count: number, prefix = 'u'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

/** Users who keep coming until `isOver` says so, or until there are so many that it never will. */
export function* usersUntil(isOver: () => boolean, prefix = 'u'): Generator<string> {
  for (let user = 1; user <= USERS_MAX && !isOver(); user++) yield `${prefix}${user}`;
}

/** Works on as many items at the same time as there are lanes; the first error ends it. */
export async function inLanes<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const line = items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    for (let next = line.next(); !next.done && !failed; next = line.next()) await work(next.value);
  };
  await Promise.all(
    Array.from({ length: lanes }, () =>
      lane().catch((cause: unknown) => {
        failed = true;
        throw cause;
      }),
    ),
  );
}
