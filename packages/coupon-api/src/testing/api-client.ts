import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN, VALID_COUPON } from './operator.js';

const POLL_MS = 50;
const EVENTUALLY_MS_MAX = 60_000;

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON; null where there is none. */
  body: Record<string, unknown>;
}

/** Calls a running API as a user or as an operator. */
export class ApiClient {
  constructor(private readonly url: string) {}

  async call(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<Answer> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const answer = await fetch(this.url + path, { method, headers: { ...json, ...headers }, body: payload });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : { text } };
  }

  issueByV1(couponId: number | string, userId: string): Promise<Answer> {
    return this.call('POST', `/v1/coupons/${couponId}/issues`, { 'x-user-id': userId });
  }

  requestByV2(couponId: number | string, userId: string): Promise<Answer> {
    return this.call('POST', `/v2/coupons/${couponId}/issues`, { 'x-user-id': userId });
  }

  me(couponId: number | string, userId: string): Promise<Answer> {
    return this.call('GET', `/v2/coupons/${couponId}/issues/me`, { 'x-user-id': userId });
  }

  /** Asks `me` until it says something else than PENDING. */
  async settled(couponId: number, userId: string): Promise<Answer> {
    return eventually(
      () => this.me(couponId, userId),
      ({ body }) => body.status !== 'PENDING',
    );
  }

  cancel(couponId: number, issueNumber: unknown, headers: Record<string, string>): Promise<Answer> {
    return this.call('POST', `/v1/coupons/${couponId}/issues/${issueNumber}/cancel`, headers);
  }

  operate(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.call(method, `/admin/v1/coupons${path}`, ADMIN, body);
  }

  /** A new coupon in state DRAFT. */
  async draft(changes: object = {}): Promise<number> {
    const { status, body } = await this.operate('POST', '', { ...VALID_COUPON, ...changes });
    if (status !== 201) throw new Error(`The coupon was refused: ${JSON.stringify(body)}`);
    return Number(body.id);
  }

  async move(couponId: number, move: 'open' | 'pause' | 'close'): Promise<void> {
    const { status, body } = await this.operate('POST', `/${couponId}/${move}`);
    if (status !== 200) throw new Error(`${move} was refused: ${JSON.stringify(body)}`);
  }

  /** A new coupon that is OPEN. */
  async opened(changes: object = {}): Promise<number> {
    const id = await this.draft(changes);
    await this.move(id, 'open');
    return id;
  }
}

/** Asks again until the answer is right. @throws with the last answer after a minute */
export async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadlineAt = performance.now() + EVENTUALLY_MS_MAX;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() > deadlineAt) throw new Error(`It stayed ${JSON.stringify(answer)}.`);
    await sleep(POLL_MS);
  }
}
