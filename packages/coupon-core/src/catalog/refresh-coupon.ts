import { Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { OutageLog } from '../issuance/outage-log.js';
import type { CouponCache } from './coupon-cache.js';
import { COUPON_CHANGED, type CouponChanged } from './coupon-changed.js';
import type { CouponMessages } from './coupon-messages.js';
import { versionOf } from './coupon-reading.js';

/** After a change in this process: L1 here has it, then L2, then the others are told to drop theirs. */
export class RefreshCoupon {
  private readonly outage = new OutageLog(
    new Logger(RefreshCoupon.name),
    'refreshing what is kept of coupons',
  );

  constructor(
    private readonly cache: CouponCache,
    private readonly messages: CouponMessages,
  ) {}

  /**
   * Called before the change is answered: L1 has it at once, the rest is not waited for. What fails here is done by the
   * sweeper.
   */
  @OnEvent(COUPON_CHANGED)
  async refresh({ couponId, row }: CouponChanged): Promise<void> {
    try {
      const reading = await this.cache.keep(couponId, row);
      if (reading) await this.messages.publish(new Map([[couponId, versionOf(reading)]]));
      this.outage.succeeded();
    } catch (cause) {
      this.outage.failed(cause);
    }
  }
}
