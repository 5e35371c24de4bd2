import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '../load/credentials.js';

export interface CouponOrder {
  title: string;
  totalQuantity: number;
  issueMode: 'SYNC' | 'ASYNC' | 'BOTH';
  /** By default at the gate. */
  admission?: 'GATE' | 'QUEUE';
}

const HOUR_MS = 3_600_000;
const ANSWER_MS_MAX = 10_000;
/** A coupon that is created twice harms nobody. */
const RETRY_AFTER_MS = 100;

/** Creates and opens coupons through the admin API, as an operator would. */
export class CouponOperator {
  constructor(
    private readonly apiUrl: URL,
    private readonly credentials: Credentials,
  ) {}

  /** Answers the id of a coupon that is open from now on. */
  async openCoupon(order: CouponOrder): Promise<number> {
    const now = Date.now();
    const created = await this.post('/admin/v1/coupons', {
      ...order,
      type: 'FIRST_COME_FIRST_SERVED',
      discount: { kind: 'FIXED', value: 1_000 },
      minOrderAmount: 0,
      returnCancelledUnits: true,
      // A little in the past, so that no difference of clocks can say NOT_STARTED.
      issueStartsAt: new Date(now - HOUR_MS).toISOString(),
      issueEndsAt: new Date(now + 24 * HOUR_MS).toISOString(),
      validForDays: 30,
    });
    const id = Number((created as { id?: unknown }).id);
    if (!Number.isSafeInteger(id))
      throw new Error(`The admin API created a coupon without an id: ${JSON.stringify(created)}`);
    await this.post(`/admin/v1/coupons/${id}/open`, null);
    return id;
  }

  /** False where more is issued or promised than that. */
  async changeQuantity(couponId: number, total: number): Promise<boolean> {
    const path = `/admin/v1/coupons/${couponId}/quantity`;
    const { status, text } = await this.send(path, { total });
    if (status === 409 && text.includes('QUANTITY_BELOW_CLAIMED')) return false;
    if (status !== 200) throw new Error(`POST ${path} answered ${status}: ${text}`);
    return true;
  }

  private async post(path: string, body: object | null): Promise<unknown> {
    const until = performance.now() + ANSWER_MS_MAX;
    let { status, text } = await this.send(path, body);
    while (status === 503 && performance.now() < until) {
      await sleep(RETRY_AFTER_MS);
      ({ status, text } = await this.send(path, body));
    }
    if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  private async send(path: string, body: object | null): Promise<{ status: number; text: string }> {
    const response = await fetch(new URL(path, this.apiUrl), {
      method: 'POST',
      headers: {
        ...this.credentials.operatorHeaders,
        ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    return { status: response.status, text: await response.text() };
  }
}
