import type { IncomingHttpHeaders } from 'node:http';
import { type Claimant, parseIdempotencyKey, type UserId, withKey } from 'coupon-core';
import { RequestRefused } from '../http/problem.js';

const FORM = '1 to 64 characters of `A-Z a-z 0-9 . _ : | @ -`';

/** As /openapi.json shows the header. */
export const IDEMPOTENCY_KEY_SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description: FORM,
} as const;

/** Who asks, and by which key where the request has one; throws `RequestRefused`. */
export function requesterOf(userId: UserId, headers: IncomingHttpHeaders): Claimant {
  const text = headers['idempotency-key'];
  if (text === undefined) return userId;
  const key = parseIdempotencyKey(text);
  if (key === null) throw new RequestRefused('VALIDATION_FAILED', `Idempotency-Key has to be ${FORM}.`);
  return withKey(userId, key);
}
