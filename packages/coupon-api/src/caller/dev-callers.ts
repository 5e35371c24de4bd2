import type { IncomingHttpHeaders } from 'node:http';
import { parseUserId, type UserId } from 'coupon-core';
import { RequestRefused } from '../http/problem.js';
import { type Caller, Callers, type Role, rolesNamed } from './callers.js';

/** `AUTH_MODE=dev`: callers say who they are, in `X-User-Id`, and what they may do, in `X-Roles`. */
export class DevCallers extends Callers {
  readonly mode = 'dev';

  callerOf(headers: IncomingHttpHeaders): Caller {
    return { userId: userIdOf(headers), roles: rolesOf(headers) };
  }
}

function userIdOf(headers: IncomingHttpHeaders): UserId {
  const given = headers['x-user-id'];
  if (given === undefined) throw new RequestRefused('UNAUTHENTICATED', 'The header X-User-Id is missing.');
  const userId = parseUserId(given);
  if (userId) return userId;
  throw new RequestRefused(
    'VALIDATION_FAILED',
    'X-User-Id has to be 1 to 64 characters of A-Z a-z 0-9 . _ : | @ and -.',
  );
}

/** Separated by commas. */
function rolesOf(headers: IncomingHttpHeaders): ReadonlySet<Role> {
  const given = headers['x-roles'];
  return rolesNamed(typeof given === 'string' ? given.split(',').map((name) => name.trim()) : []);
}
