import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestRefused } from '../http/problem.js';
import { type Caller, Callers } from './callers.js';
import { admit } from './operator.js';

/** Lets operators in: a caller with a name who has the role `admin`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly callers: Callers) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = this.callers.callerOf(request.headers);
    return caller instanceof Promise
      ? caller.then((known) => requireAdmin(request, known))
      : requireAdmin(request, caller);
  }
}

function requireAdmin(request: FastifyRequest, caller: Caller): true {
  if (!caller.roles.has('admin')) throw new RequestRefused('FORBIDDEN', 'This call needs the role admin.');
  admit(request, caller);
  return true;
}
