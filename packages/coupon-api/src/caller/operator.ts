import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Operator } from 'coupon-core';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './callers.js';

const callers = new WeakMap<FastifyRequest, Caller>();

/** Called by the guard that has let the operator in. */
export function admit(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Who calls, and by which request: for the audit log. A handler that takes it stands behind `AdminGuard`. */
export const ByOperator = createParamDecorator((_data: unknown, context: ExecutionContext): Operator => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const caller = callers.get(request);
  if (!caller) throw new Error(`${request.url} is not guarded.`);
  return { userId: caller.userId, requestId: request.id };
});
