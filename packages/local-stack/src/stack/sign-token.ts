import { createHmac } from 'node:crypto';

/** A JSON Web Token (RFC 7519), signed with HS256. Times in the claims are seconds since 1970. */
export function signToken(claims: Record<string, unknown>, secret: string): string {
  const input = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
