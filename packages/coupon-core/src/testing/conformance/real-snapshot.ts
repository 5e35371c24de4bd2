import { decodeClaim } from '../../adapters/redis/claim-codec.js';
import { decodeName } from '../../adapters/redis/line-entry.js';
import { decodeEntry } from '../../adapters/redis/queue-entry.js';
import type { AcceptedClaim } from '../../coupon/decide-settlement.js';
import type { Claim } from '../../issuance/gate.js';
import type { RealWorld } from './real-world.js';
import { type Snapshot, ticketName } from './snapshot.js';

/** Reads everything from the servers themselves, past the product's own readers where that is possible. */
export async function snapshotOfServers(real: RealWorld): Promise<Snapshot> {
  const [rows, gate] = await Promise.all([readRows(real), readGate(real)]);
  return { ...rows, ...gate };
}

async function readRows({
  dataSource,
  coupon,
}: RealWorld): Promise<Pick<Snapshot, 'row' | 'issues' | 'voids' | 'deadLetters'>> {
  const read = <T>(sql: string): Promise<T[]> => dataSource.query(sql, [coupon.id]);
  const [row] = await read<Record<string, number> & { state: string }>('SELECT * FROM coupons WHERE id = ?');
  const issues = await read<{
    user_id: string;
    status: string;
    issue_number: number;
    reason: string;
    lifecycle: string | null;
    epoch: number;
    ticket: number;
  }>('SELECT * FROM coupon_issues WHERE coupon_id = ?');
  const voids = await read<{ epoch: number; ticket: number; user_id: string }>(
    'SELECT * FROM voided_tickets WHERE coupon_id = ?',
  );
  const letters = await read<{ payload: string | AcceptedClaim }>(
    'SELECT payload FROM dead_letters WHERE coupon_id = ?',
  );
  return {
    row: {
      total: row!.total_quantity!,
      pendingTotal: row!.pending_total!,
      issued: row!.issued_quantity!,
      issuedByV1: row!.issued_by_v1!,
      givenBack: row!.given_back!,
      returned: row!.returned!,
      state: row!.state,
      epoch: row!.epoch!,
      mintedEpoch: row!.epoch_minted!,
    },
    issues: issues
      .map((i) => {
        const what = `${i.user_id} ${i.status} ${i.issue_number ?? i.reason}`;
        return [what, ticketName(i.epoch, i.ticket), ...(i.lifecycle ? [i.lifecycle] : [])].join(' ');
      })
      .sort(),
    voids: voids.map((v) => `${ticketName(v.epoch, v.ticket)} ${v.user_id}`).sort(),
    deadLetters: letters
      .map(({ payload }) => (typeof payload === 'string' ? (JSON.parse(payload) as AcceptedClaim) : payload))
      .map(({ userId, epoch, ticket }) => `${ticketName(epoch, ticket)} ${userId}`)
      .sort(),
  };
}

async function readGate({
  redis,
  keys,
  coupon,
}: RealWorld): Promise<Pick<Snapshot, 'gate' | 'fence' | 'queue'>> {
  const header = await redis.hgetall(keys.gate(coupon.shard, coupon.id));
  const entries = await (keys.queueLayout === 'line' ? readLine : readStream)({ redis, keys, coupon });
  const queue = entries.flatMap((entry) => {
    if ('cause' in entry) throw new Error(entry.cause);
    return entry.claims.map(({ userId, epoch, ticket }) => `${userId} ${ticketName(epoch, ticket)}`);
  });
  const fence = header.fence === undefined ? null : Number(header.fence);
  if (header.epoch === undefined) return { gate: null, fence, queue };
  const epoch = Number(header.epoch);
  const claims: string[] = [];
  for (let bucket = 0; bucket < Number(header.buckets); bucket += 1) {
    const held = await redis.hgetall(keys.claims(coupon.shard, coupon.id, epoch, bucket));
    for (const [user, text] of Object.entries(held))
      claims.push(`${user} ${claimText(decodeClaim(text, epoch))}`);
  }
  const { capacity, state, admitted } = header;
  const gate = {
    epoch,
    capacity: Number(capacity),
    state: state!,
    admitted: Number(admitted),
    claims: claims.sort(),
  };
  return { gate, fence, queue };
}

type Queue = Pick<RealWorld, 'redis' | 'keys' | 'coupon'>;

async function readStream({ redis, keys, coupon }: Queue) {
  const entries = await redis.xrange(keys.queue(coupon.shard), '-', '+');
  return entries.map(([id, fields]) => decodeEntry(id, fields));
}

/** Whoever waits or is taken, by place, as if nobody had been taken. */
async function readLine({ redis, keys, coupon }: Queue) {
  const names: string[] = [];
  for (const consumer of await redis.zrange(keys.takers(coupon.shard), 0, '-1')) {
    names.push(...(await redis.zrange(keys.taken(coupon.shard, consumer), 0, '-1')));
  }
  const line = await redis.zrange(keys.line(coupon.shard, coupon.id), 0, '-1', 'WITHSCORES');
  for (let i = 0; i < line.length; i += 2) {
    names.push(`${coupon.id} ${line[i + 1]!.padStart(16, '0')} ${line[i]}`);
  }
  return names.sort().map(decodeName);
}

const claimText = (claim: Claim): string =>
  claim.kind === 'TICKET' ? ticketName(claim.epoch, claim.ticket) : claim.kind;
