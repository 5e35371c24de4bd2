import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Claimant, CouponId } from '../coupon/ids.js';

const VERSION = '1';
/** Of the base64url text: 132 bits. */
const MAC_CHARACTERS = 22;

export interface ReceiptFields {
  couponId: CouponId;
  userId: Claimant;
  epoch: number;
  ticket: number;
  /** The gate's clock when it confirmed the claim, milliseconds. */
  gateTime: number;
}

interface Key {
  id: string;
  /** Made once: with the text in its place a MAC takes half as long again. */
  secret: KeyObject;
}

/**
 * Signs and verifies receipts: `version.keyId.coupon.epoch.ticket.gateTime.mac`, where the MAC covers the claimant too.
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
    return `${text}.${macOf(key, text, userId)}`;
  }

  /** True where this receipt was given to this claimant for this coupon. */
  verify(receipt: string, couponId: CouponId, userId: Claimant): boolean {
    const dot = receipt.lastIndexOf('.');
    const text = receipt.slice(0, dot);
    const [version, keyId, coupon, ...rest] = text.split('.');
    if (version !== VERSION || coupon !== String(couponId) || rest.length !== 3) return false;
    const key = this.keys.find((candidate) => candidate.id === keyId);
    if (!key) return false;
    const shown = Buffer.from(receipt.slice(dot + 1));
    const expected = Buffer.from(macOf(key, text, userId));
    return shown.length === expected.length && timingSafeEqual(shown, expected);
  }
}

function keyOf(secret: string): Key {
  const id = createHash('sha256').update(secret).digest('hex').slice(0, 8);
  return { id, secret: createSecretKey(secret, 'utf8') };
}

function macOf(key: Key, text: string, userId: Claimant): string {
  const mac = createHmac('sha256', key.secret).update(`${text}.${userId}`).digest('base64url');
  return mac.slice(0, MAC_CHARACTERS);
}
