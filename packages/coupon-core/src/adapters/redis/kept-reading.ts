import type { CouponReading } from '../../catalog/coupon-reading.js';
import type { Coupon } from '../../coupon/coupon.js';

/** What is kept of a coupon: `<version>:<run id>:<asOf>:<coupon as JSON>`; the script adds version and run id. */
const KEPT = /^\d+:([0-9a-f]+):(\d+):/;
/** `<since>:<run id>` */
const CONFIRMATION = /^(\d+):([0-9a-f]+)$/;

export const encodeReading = (reading: CouponReading): string =>
  reading === null ? '0:null' : `${reading.asOf}:${JSON.stringify(reading.coupon)}`;

/**
 * `undefined` where it must not be trusted: nobody has confirmed lately that all changes since its reading have
 * arrived, or it was kept by another run of the server, which may have come up with what it once was.
 */
export function decodeReading(kept: string, confirmation: string | null): CouponReading | undefined {
  const [head, runId, asOf] = KEPT.exec(kept) ?? [];
  if (!head) return undefined;
  const json = kept.slice(head.length);
  if (json === 'null') return null;
  const [, since, confirmedRunId] = CONFIRMATION.exec(confirmation ?? '') ?? [];
  if (runId !== confirmedRunId || Number(asOf) < Number(since)) return undefined;
  return { coupon: JSON.parse(json) as Coupon, asOf: Number(asOf) };
}
