import type { IncomingHttpHeaders } from 'node:http';
import { parseUserId, type UserId } from 'coupon-core';
import { RequestRefused } from '../http/problem.js';

const ROLES = ['admin', 'service'] as const;
export type Role = (typeof ROLES)[number];

/** `AUTH_MODE=dev`: callers say who they are, in `X-User-Id`. Throws `RequestRefused`. */
export function userIdOf(headers: IncomingHttpHeaders): UserId {
  const given = headers['x-user-id'];
  if (given === undefined) throw new RequestRefused('UNAUTHENTICATED', 'The header X-User-Id is missing.');
  const userId = parseUserId(given);
  if (userId) return userId;
  throw new RequestRefused(
    'VALIDATION_FAILED',
    'X-User-Id has to be 1 to 64 characters of A-Z a-z 0-9 . _ : | @ and -.',
  );
}

/** `X-Roles`, separated by commas; names that mean nothing here are passed over. */
export function rolesOf(headers: IncomingHttpHeaders): ReadonlySet<Role> {
  const given = headers['x-roles'];
  const names = typeof given === 'string' ? given.split(',').map((name) => name.trim()) : [];
  return new Set(ROLES.filter((role) => names.includes(role)));
}
