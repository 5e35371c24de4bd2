import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestRefused } from '../http/problem.js';
import { type Caller, Callers } from './callers.js';

/** Lets operators in: a caller with a name who has the role `admin`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly callers: Callers) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const caller = this.callers.callerOf(context.switchToHttp().getRequest<FastifyRequest>().headers);
    return caller instanceof Promise ? caller.then(requireAdmin) : requireAdmin(caller);
  }
}

function requireAdmin({ roles }: Caller): true {
  if (!roles.has('admin')) throw new RequestRefused('FORBIDDEN', 'This call needs the role admin.');
  return true;
}
