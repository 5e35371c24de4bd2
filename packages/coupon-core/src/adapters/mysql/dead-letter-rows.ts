import { createHash } from 'node:crypto';
import type { AcceptedClaim } from '../../coupon/decide-settlement.js';
import type { CouponId } from '../../coupon/ids.js';
import type { QueueEntry, UnreadableEntry } from '../../issuance/issuance-queue.js';
import type { Transaction } from './unit-of-work.js';

const CAUSE_CHARACTERS_MAX = 1_000;

type Dead = { entry: QueueEntry; claims: AcceptedClaim[] } | { unreadable: UnreadableEntry };

/** A letter a claim, named by its ticket, or by the entry where nothing in it could be understood. */
export async function insertDeadLetters(
  tx: Transaction,
  shard: number,
  dead: readonly Dead[],
  cause: string,
): Promise<void> {
  const rows = dead.flatMap((letter) =>
    'unreadable' in letter ? [unreadableRow(shard, letter.unreadable)] : claimRows(letter),
  );
  if (rows.length === 0) return;
  const now = new Date();
  await tx.write(
    `INSERT INTO dead_letters (source_key, coupon_id, payload, cause, created_at, updated_at) VALUES ?
       ON DUPLICATE KEY UPDATE attempts = attempts + 1, updated_at = VALUES(updated_at)`,
    [
      rows.map(([key, couponId, payload]) => [
        key,
        couponId,
        JSON.stringify(payload),
        cause.slice(0, CAUSE_CHARACTERS_MAX),
        now,
        now,
      ]),
    ],
  );
}

type LetterRow = [key: string, couponId: CouponId | null, payload: unknown];

function claimRows({ entry, claims }: { entry: QueueEntry; claims: AcceptedClaim[] }): LetterRow[] {
  return claims.map((claim) => {
    const name = `${entry.couponId}:${claim.epoch}:${claim.ticket}:${claim.userId}`;
    return [createHash('sha256').update(name).digest('hex'), entry.couponId, claim];
  });
}

function unreadableRow(shard: number, { id, raw, cause }: UnreadableEntry): LetterRow {
  return [`entry:${shard}:${id}`, null, { raw, cause }];
}
