import type { PipeTransform } from '@nestjs/common';
import { type CouponId, parseCouponId } from 'coupon-core';
import { RequestRefused } from './problem.js';

/** Reads a coupon id from a path; throws `RequestRefused`. */
export function couponIdOf(text: string): CouponId {
  const id = parseCouponId(text);
  if (id === null)
    throw new RequestRefused('VALIDATION_FAILED', 'A coupon id is a whole number from 1 to 2^53 - 1.');
  return id;
}

export class CouponIdPipe implements PipeTransform<string, CouponId> {
  transform(text: string): CouponId {
    return couponIdOf(text);
  }
}
