import { createHash } from 'node:crypto';
import type { Coupon } from 'coupon-core';

/**
 * Weak, because `asOf` moves while nothing else does: the row's version moves with everything that can be seen of a
 * coupon.
 */
export function etagOf(coupons: readonly Coupon[]): string {
  const versions = coupons.map(({ id, version }) => `${id}-${version}`);
  const [only] = versions;
  if (versions.length === 1) return `W/"${only}"`;
  return `W/"${createHash('sha1').update(versions.join()).digest('base64url')}"`;
}

/** `If-None-Match` by weak comparison (RFC 9110, 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = ifNoneMatch.split(',').map((tag) => tag.trim());
  return known.some((tag) => tag === '*' || opaque(tag) === opaque(etag));
}

const opaque = (tag: string): string => tag.replace(/^W\//, '');
