import { type DynamicModule, Module } from '@nestjs/common';
import type { CoreConfig } from './config.js';
import type { CouponId, UserId } from './coupon/ids.js';
import type { IssueAnswer, RequestAnswer, StatusAnswer } from './issuance/claim-view.js';

/** What the deployables use directly; everything else goes through Nest's command and query bus. */
export abstract class CouponCore {
  abstract issue(couponId: CouponId, userId: UserId): Promise<IssueAnswer>;
  abstract request(couponId: CouponId, userId: UserId, receipt: string | null): Promise<RequestAnswer>;
  abstract status(couponId: CouponId, userId: UserId): Promise<StatusAnswer>;
  /** Answers within two seconds. */
  abstract health(): Promise<CoreHealth>;
  /** Answers what was submitted, then closes the connections. */
  abstract close(): Promise<void>;
}

export interface CoreHealth {
  database: 'up' | 'down';
  gate: 'up' | 'down';
}

/** The consumer's work: draining the queue and telling the gate what the rows say. */
export abstract class IssuanceWorker {
  abstract start(): void;
  /** Finishes the batch under way, then closes the connections. */
  abstract stop(): Promise<void>;
  abstract health(): Promise<CoreHealth>;
}

@Module({})
export class CouponCoreModule {
  static forRoot(_config: CoreConfig): DynamicModule {
    return { module: CouponCoreModule, global: true };
  }
}
