import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { CouponCore, Startup } from 'coupon-core';
import { Callers } from './caller/callers.js';
import { AdminCouponsController } from './campaign/admin-coupons.controller.js';
import { AdminGatesController } from './campaign/admin-gates.controller.js';
import { AuditController } from './campaign/audit.controller.js';
import { CouponsController } from './catalog/coupons.controller.js';
import { CompatibilityController } from './compatibility/compatibility.controller.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { AdminIssuesController } from './lifecycle/admin-issues.controller.js';
import { IssuesController } from './lifecycle/issues.controller.js';
import { MetricsController } from './process/metrics.controller.js';

@Module({
  // The metrics are the process's, so they are registered once, however often the module is used.
  imports: [PrometheusModule.register({ controller: MetricsController })],
  controllers: [
    CouponsController,
    AdminCouponsController,
    AdminGatesController,
    AuditController,
    IssuesController,
    AdminIssuesController,
    DeadLettersController,
    HealthController,
  ],
  providers: [
    Startup,
    {
      provide: Readiness,
      useFactory: (core: CouponCore) => new Readiness(() => core.health()),
      inject: [CouponCore],
    },
  ],
})
class AppModule {}

export interface AppParts {
  /** A global module that provides `CouponCore`, the buses and the handlers of its commands and queries. */
  core: DynamicModule;
  callers: Callers;
  /** Whether the calls exist that take the user from the body. */
  compatibility: boolean;
}

export function appModule({ core, callers, compatibility }: AppParts): DynamicModule {
  return {
    module: AppModule,
    imports: [core],
    controllers: compatibility ? [CompatibilityController] : [],
    providers: [{ provide: Callers, useValue: callers }],
  };
}
