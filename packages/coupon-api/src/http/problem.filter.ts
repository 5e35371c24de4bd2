import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { FaultLog } from './fault-log.js';
import { sendErrorAnswer } from './send-problem.js';

/** Makes a problem of everything that Nest's controllers, guards and pipes, or Fastify before them, throw. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly faults: FaultLog) {}

  catch(cause: unknown, host: ArgumentsHost): void {
    sendErrorAnswer(host.switchToHttp().getResponse<FastifyReply>(), cause, this.faults);
  }
}
