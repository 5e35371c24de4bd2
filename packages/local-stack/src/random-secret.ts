import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** 32 random bytes as base64url, for a key of HMAC-SHA-256. */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
