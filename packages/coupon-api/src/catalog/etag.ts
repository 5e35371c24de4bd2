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

/**
 * The version that an `If-Match` with the tag of this coupon asks for; null: any; 0, which no row has, where it is the
 * tag of something else.
 */
export function versionMatched(ifMatch: string | undefined, { id }: Pick<Coupon, 'id'>): number | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const [, ofCoupon, version] = /^(?:W\/)?"(\d+)-(\d+)"$/.exec(ifMatch.trim()) ?? [];
  return ofCoupon === String(id) ? Number(version) : 0;
}

/** `If-None-Match` by weak comparison (RFC 9110, 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = ifNoneMatch.split(',').map((tag) => tag.trim());
  return known.some((tag) => tag === '*' || opaque(tag) === opaque(etag));
}

const opaque = (tag: string): string => tag.replace(/^W\//, '');
