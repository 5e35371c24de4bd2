import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Startup, type StartupReport } from 'coupon-core';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Described } from '../openapi/described.js';
import { Readiness, type ReadinessReport, readinessReportSchema } from './readiness.js';

const livenessSchema = z.object({ status: z.literal('up') }).meta({ id: 'Liveness' });
const startupSchema = z.object({ status: z.enum(['starting', 'up']) }).meta({ id: 'Startup' });

@ApiTags('Process')
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly started: Startup,
  ) {}

  /** Looks at nothing else: a process is not restarted because a database is down. */
  @Get('live')
  @Described({
    operationId: 'getLiveness',
    summary: 'Whether the process runs, whatever it depends on',
    caller: 'anybody',
    answers: { 200: { description: 'It runs.', body: livenessSchema } },
    refusals: [],
  })
  live(): z.infer<typeof livenessSchema> {
    return { status: 'up' };
  }

  @Get('ready')
  @Described({
    operationId: 'getReadiness',
    summary: 'Whether the process wants requests',
    caller: 'anybody',
    answers: {
      200: { description: 'At least one of the two doors works.', body: readinessReportSchema },
      503: { description: 'Neither works, or the process is shutting down.', body: readinessReportSchema },
    },
    refusals: [],
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    reply.code(report.status === 'up' ? 200 : 503).header('cache-control', 'no-store');
    return report;
  }

  @Get('startup')
  @Described({
    operationId: 'getStartup',
    summary: 'Whether the process has started whole, once and for good',
    caller: 'anybody',
    answers: {
      200: {
        description: 'It has; neither a shutdown nor a server that is away changes that.',
        body: startupSchema,
      },
      503: { description: 'Not yet.', body: startupSchema },
    },
    refusals: [],
  })
  startup(@Res({ passthrough: true }) reply: FastifyReply): StartupReport {
    const report = this.started.report();
    reply.code(report.status === 'up' ? 200 : 503).header('cache-control', 'no-store');
    return report;
  }
}
