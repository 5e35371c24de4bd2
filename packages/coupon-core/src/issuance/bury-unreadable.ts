import { Logger } from '@nestjs/common';
import type { IssuanceQueue, QueueBatch } from './issuance-queue.js';
import type { IssueStore } from './issue-store.js';

const log = new Logger('buryUnreadable');

/** Keeps entries of a batch that nobody can understand as dead letters; answers how many there were. */
export async function buryUnreadable(
  { shard, unreadable }: QueueBatch,
  store: IssueStore,
  queue: IssuanceQueue,
): Promise<number> {
  for (const entry of unreadable) {
    await store.keepDeadLetters([{ unreadable: entry, source: `entry:${shard}:${entry.id}` }], entry.cause);
    log.error(
      `shard ${shard}: entry ${entry.id} is kept as a dead letter that nobody can try again: ${entry.cause}`,
    );
    await queue.acknowledge(shard, [{ id: entry.id, couponId: null, claims: 1 }]);
  }
  return unreadable.length;
}
