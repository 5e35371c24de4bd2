import type { CouponDefinition } from './coupon.js';
import { type Claimant, IDENTIFIER, type UserId } from './ids.js';
import type { Issue } from './issue.js';

/** What ends the person's id in a claimant; no id and no key has it. */
const SEPARATOR = '#';

/** 1–64 characters of the same alphabet as user ids; anything else is null. */
export function parseIdempotencyKey(text: unknown): string | null {
  return typeof text === 'string' && IDENTIFIER.test(text) ? text : null;
}

/** `key`: what tells apart the claims of one person, as `parseIdempotencyKey` accepts it. */
export const withKey = (userId: UserId, key: string): Claimant => `${userId}${SEPARATOR}${key}` as Claimant;

export function personOf(claimant: Claimant): UserId {
  const end = claimant.indexOf(SEPARATOR);
  return (end < 0 ? claimant : claimant.slice(0, end)) as UserId;
}

function keyOf(claimant: Claimant): string | null {
  const end = claimant.indexOf(SEPARATOR);
  return end < 0 ? null : claimant.slice(end + 1);
}

/**
 * Who a request stands for at this coupon. Where a person has one claim at the most, a key tells nothing apart and is
 * left out; where several are possible and none was given, null.
 */
export function claimantAt(
  { perUserLimit }: Pick<CouponDefinition, 'perUserLimit'>,
  requester: Claimant,
): Claimant | null {
  if (perUserLimit === 1) return personOf(requester);
  return keyOf(requester) === null ? null : requester;
}

export const claimantOf = ({ userId, keyed }: Issue): Claimant =>
  keyed === undefined ? userId : withKey(userId, keyed.key);

/** Counts the rows of some people while more are decided, on a coupon of which one person may have several. */
export class Ordinals {
  private readonly rows = new Map<UserId, number>();
  private readonly issued = new Map<UserId, number>();

  /** `existing`: every row that these people have. */
  constructor(existing: Iterable<Issue>) {
    for (const { userId, status, keyed } of existing) this.note(userId, status, keyed?.ordinal ?? 1);
  }

  /** Issues that were taken back count as well; rejections do not. */
  hasAll(claimant: Claimant, perUserLimit: number): boolean {
    return (this.issued.get(personOf(claimant)) ?? 0) >= perUserLimit;
  }

  /** The place of one more row. Rows decided from the same ones have the same place, so that two cannot both come in. */
  next(claimant: Claimant, status: Issue['status']): NonNullable<Issue['keyed']> {
    const userId = personOf(claimant);
    const ordinal = (this.rows.get(userId) ?? 0) + 1;
    this.note(userId, status, ordinal);
    return { key: keyOf(claimant) ?? '', ordinal };
  }

  private note(userId: UserId, status: Issue['status'], ordinal: number): void {
    this.rows.set(userId, Math.max(ordinal, this.rows.get(userId) ?? 0));
    if (status === 'ISSUED') this.issued.set(userId, (this.issued.get(userId) ?? 0) + 1);
  }
}

/** Null where one person has one row at the most, so that nothing has to be counted. */
export function ordinalsAt(
  { perUserLimit }: Pick<CouponDefinition, 'perUserLimit'>,
  existing: ReadonlyMap<Claimant, Issue>,
): Ordinals | null {
  return perUserLimit === 1 ? null : new Ordinals(existing.values());
}
