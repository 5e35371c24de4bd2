import { Controller, Get, Res } from '@nestjs/common';
import { Startup, type StartupReport } from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { Readiness, type ReadinessReport } from './readiness.js';

@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly started: Startup,
  ) {}

  /** Looks at nothing else: a process is not restarted because a database is down. */
  @Get('live')
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    reply.code(report.status === 'up' ? 200 : 503).header('cache-control', 'no-store');
    return report;
  }

  /** Up for good once all loops have begun, whatever becomes of the servers that they need. */
  @Get('startup')
  startup(@Res({ passthrough: true }) reply: FastifyReply): StartupReport {
    const report = this.started.report();
    reply.code(report.status === 'up' ? 200 : 503).header('cache-control', 'no-store');
    return report;
  }
}
