import { type DynamicModule, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { IssuanceWorker, Startup } from 'coupon-core';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';

@Module({
  imports: [PrometheusModule.register()],
  controllers: [HealthController],
  providers: [
    Startup,
    {
      provide: Readiness,
      useFactory: (worker: IssuanceWorker) => new Readiness(() => worker.health()),
      inject: [IssuanceWorker],
    },
  ],
})
class AppModule {}

/** `core`: a global module that provides `IssuanceWorker`. */
export function appModule(core: DynamicModule): DynamicModule {
  return { module: AppModule, imports: [core] };
}
