import type { Credentials } from '../load/credentials.js';

interface CouponOrder {
  title: string;
  totalQuantity: number;
  issueMode: 'SYNC' | 'ASYNC' | 'BOTH';
}

const HOUR_MS = 3_600_000;
const ANSWER_MS_MAX = 10_000;

/** Creates and opens coupons through the admin API, as an operator would. */
export class CouponOperator {
  constructor(
    private readonly apiUrl: URL,
    private readonly credentials: Credentials,
  ) {}

  /** Answers the id of a coupon that is open from now on. */
  async openCoupon({ title, totalQuantity, issueMode }: CouponOrder): Promise<number> {
    const now = Date.now();
    const created = await this.post('/admin/v1/coupons', {
      title,
      type: 'FIRST_COME_FIRST_SERVED',
      totalQuantity,
      issueMode,
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

  private async post(path: string, body: object | null): Promise<unknown> {
    const response = await fetch(new URL(path, this.apiUrl), {
      method: 'POST',
      headers: {
        ...this.credentials.operatorHeaders,
        ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
