import type { Redis } from 'ioredis';
import type { CouponId } from '../../coupon/ids.js';
import type { Claim, ClaimOfUser, GateAddress } from '../../issuance/gate.js';
import type { QueueEntry, UnreadableEntry } from '../../issuance/issuance-queue.js';
import type { Keys } from './keys.js';
import { decodeMember, decodeName } from './line-entry.js';
import { decodeEntry } from './queue-entry.js';

/** An entry of a stream holds up to two hundred claims. */
const ENTRIES_PER_PAGE = 100;
const CLAIMS_PER_PAGE = 5_000;

/** Page by page, every claim of the coupon that waits in the queue. */
export function readQueued(redis: Redis, keys: Keys, at: GateAddress): AsyncGenerator<ClaimOfUser[]> {
  return keys.queueLayout === 'line' ? readLine(redis, keys, at) : readStream(redis, keys, at);
}

async function* readStream(
  redis: Redis,
  keys: Keys,
  { shard, couponId }: GateAddress,
): AsyncGenerator<ClaimOfUser[]> {
  let from = '-';
  for (;;) {
    const page = await redis.xrange(keys.queue(shard), from, '+', 'COUNT', ENTRIES_PER_PAGE);
    yield claimsOf(
      couponId,
      page.map(([id, fields]) => decodeEntry(id, fields)),
    );
    if (page.length < ENTRIES_PER_PAGE) return;
    from = `(${page.at(-1)![0]}`;
  }
}

/**
 * Those who are taken, then those who wait, then again those who are taken: whoever is taken or reaped meanwhile is met
 * once at least, since nobody is taken and reaped within one reading. Who is met twice is counted once by the reader.
 */
async function* readLine(redis: Redis, keys: Keys, at: GateAddress): AsyncGenerator<ClaimOfUser[]> {
  const { shard, couponId } = at;
  yield* readTaken(redis, keys, at);
  const line = keys.line(shard, couponId);
  let from = 0;
  let size = CLAIMS_PER_PAGE;
  for (;;) {
    // By place: those in front may be taken meanwhile, so that numbers would move.
    const page = await redis.zrange(line, from, '+inf', 'BYSCORE', 'LIMIT', 0, size, 'WITHSCORES');
    yield claimsOf(couponId, membersOf(couponId, page));
    if (page.length < 2 * size) break;
    // Losses may share a place, so the next page begins with the last one, and is larger where that was all.
    const last = Number(page.at(-1));
    size = last === from ? 2 * size : CLAIMS_PER_PAGE;
    from = last;
  }
  yield* readTaken(redis, keys, at);
}

async function* readTaken(
  redis: Redis,
  keys: Keys,
  { shard, couponId }: GateAddress,
): AsyncGenerator<ClaimOfUser[]> {
  for (const consumer of await redis.zrange(keys.takers(shard), 0, '-1')) {
    let from = `[${couponId} `;
    for (;;) {
      const taken = keys.taken(shard, consumer);
      const names = await redis.zrange(taken, from, `(${couponId}!`, 'BYLEX', 'LIMIT', 0, CLAIMS_PER_PAGE);
      yield claimsOf(couponId, names.map(decodeName));
      if (names.length < CLAIMS_PER_PAGE) break;
      from = `(${names.at(-1)}`;
    }
  }
}

function membersOf(couponId: CouponId, flat: readonly string[]): QueueEntry[] {
  const entries: QueueEntry[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const entry = decodeMember(couponId, flat[i]!, Number(flat[i + 1]), flat[i]!);
    if (entry) entries.push(entry);
  }
  return entries;
}

function claimsOf(couponId: CouponId, entries: readonly (QueueEntry | UnreadableEntry)[]): ClaimOfUser[] {
  return entries.flatMap((entry) => {
    if ('cause' in entry || entry.couponId !== couponId) return [];
    return entry.claims.map(({ userId, epoch, ticket }) => ({
      userId,
      claim: ticket === null ? { kind: 'LOST' } : ({ kind: 'TICKET', epoch, ticket } satisfies Claim),
    }));
  });
}
