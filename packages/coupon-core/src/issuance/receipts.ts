import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CouponId, UserId } from '../coupon/ids.js';

const VERSION = '1';
const MAC_BYTES = 16;

export interface ReceiptFields {
  couponId: CouponId;
  userId: UserId;
  epoch: number;
  ticket: number;
  /** The gate's clock when it confirmed the claim, milliseconds. */
  gateTime: number;
}

interface Key {
  id: string;
  secret: string;
}

/**
 * Signs and verifies receipts: `version.keyId.coupon.epoch.ticket.gateTime.mac`, where the MAC covers the user too.
 * The first secret signs; all of them verify, so that a secret can be changed while receipts are out.
 */
export class Receipts {
  private readonly keys: readonly [Key, ...Key[]];

  constructor(secrets: readonly [string, ...string[]]) {
    const [first, ...rest] = secrets;
    this.keys = [keyOf(first), ...rest.map(keyOf)];
  }

  sign({ couponId, userId, epoch, ticket, gateTime }: ReceiptFields): string {
    const [key] = this.keys;
    const text = `${VERSION}.${key.id}.${couponId}.${epoch}.${ticket}.${gateTime}`;
    return `${text}.${macOf(key, text, userId).toString('base64url')}`;
  }

  /** True where this receipt was given to this user for this coupon. */
  verify(receipt: string, couponId: CouponId, userId: UserId): boolean {
    const dot = receipt.lastIndexOf('.');
    const text = receipt.slice(0, dot);
    const [version, keyId, coupon, ...rest] = text.split('.');
    if (version !== VERSION || coupon !== String(couponId) || rest.length !== 3) return false;
    const key = this.keys.find((candidate) => candidate.id === keyId);
    if (!key) return false;
    const shown = Buffer.from(receipt.slice(dot + 1), 'base64url');
    return shown.length === MAC_BYTES && timingSafeEqual(shown, macOf(key, text, userId));
  }
}

function keyOf(secret: string): Key {
  return { id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret };
}

function macOf(key: Key, text: string, userId: UserId): Buffer {
  return createHmac('sha256', key.secret).update(`${text}.${userId}`).digest().subarray(0, MAC_BYTES);
}
