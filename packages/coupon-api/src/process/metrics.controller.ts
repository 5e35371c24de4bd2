import { Controller, Get, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import { z } from 'zod';
import { Described } from '../openapi/described.js';

/** The library's controller, so that /openapi.json can say what it answers. */
@ApiTags('Process')
@Controller()
export class MetricsController extends PrometheusController {
  @Get()
  @ApiProduces('text/plain')
  @Described({
    operationId: 'getMetrics',
    summary: 'The metrics of the process, for Prometheus',
    caller: 'anybody',
    answers: { 200: { description: 'In the text format.', body: z.string() } },
    refusals: [],
  })
  override index(@Res({ passthrough: true }) response: unknown): Promise<string> {
    return super.index(response);
  }
}
