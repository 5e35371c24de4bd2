import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RequestRefused } from '../http/problem.js';
import { rolesOf, userIdOf } from './dev-caller.js';

/** Lets operators in: a caller with a name who has the role `admin`. */
@Injectable()
export class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    userIdOf(headers);
    if (!rolesOf(headers).has('admin'))
      throw new RequestRefused('FORBIDDEN', 'This call needs the role admin.');
    return true;
  }
}
