import { createHash } from 'node:crypto';
import type { AcceptedClaim, ClaimName } from '../../coupon/decide-settlement.js';
import type { CouponId } from '../../coupon/ids.js';
import { type DeadLetter, type DeadLetterState, RETRY_EVERY_MS } from '../../dead-letters/dead-letter.js';
import type { UnreadableEntry } from '../../issuance/issuance-queue.js';
import type { DeadEntry } from '../../issuance/issue-store.js';
import type { Transaction } from './unit-of-work.js';

const CAUSE_CHARACTERS_MAX = 1_000;

/** A letter a claim, named by its ticket, or by the entry where nothing in it could be understood. */
export async function insertDeadLetters(
  tx: Transaction,
  dead: readonly DeadEntry[],
  cause: string,
): Promise<void> {
  const rows = dead.flatMap((letter) =>
    'unreadable' in letter ? [unreadableRow(letter.source, letter.unreadable)] : claimRows(letter),
  );
  if (rows.length === 0) return;
  const now = new Date();
  await tx.write(
    `INSERT INTO dead_letters (source_key, coupon_id, payload, cause, next_attempt_at, created_at, updated_at) VALUES ?
       ON DUPLICATE KEY UPDATE attempts = attempts + 1, updated_at = VALUES(updated_at)`,
    [
      rows.map(([key, couponId, payload]) => [
        key,
        couponId,
        JSON.stringify(payload),
        causeOf(cause),
        // Nothing in an unreadable entry can be tried again.
        couponId === null ? null : new Date(now.getTime() + RETRY_EVERY_MS),
        now,
        now,
      ]),
    ],
  );
}

export const causeOf = (cause: string): string => cause.slice(0, CAUSE_CHARACTERS_MAX);

type LetterRow = [key: string, couponId: CouponId | null, payload: unknown];

function claimRows({ entry, claims }: Exclude<DeadEntry, { source: string }>): LetterRow[] {
  return claims.map((claim) => [letterKey(entry.couponId, claim), entry.couponId, claim]);
}

export function letterKey(couponId: CouponId, { epoch, ticket, userId }: ClaimName): string {
  return createHash('sha256').update(`${couponId}:${epoch}:${ticket}:${userId}`).digest('hex');
}

function unreadableRow(source: string, { raw, cause }: UnreadableEntry): LetterRow {
  return [source, null, { raw, cause }];
}

export interface DeadLetterRow {
  id: number;
  state: DeadLetterState;
  couponId: number | null;
  payload: string | Record<string, unknown>;
  cause: string;
  attempts: number;
  nextAttemptAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export const LETTER_COLUMNS = `id, state, coupon_id AS couponId, payload, cause, attempts,
  next_attempt_at AS nextAttemptAt, created_at AS createdAt, updated_at AS updatedAt`;

export function toDeadLetter(row: DeadLetterRow): DeadLetter {
  const payload = parsed<Record<string, unknown>>(row.payload);
  return {
    ...row,
    id: Number(row.id),
    couponId: row.couponId === null ? null : (Number(row.couponId) as CouponId),
    payload,
    claim: row.couponId === null ? null : (payload as unknown as AcceptedClaim),
    nextAttemptAt: row.nextAttemptAt?.getTime() ?? null,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

/** MariaDB keeps JSON as text and hands it over as such. */
const parsed = <T>(payload: string | T): T =>
  typeof payload === 'string' ? (JSON.parse(payload) as T) : payload;
