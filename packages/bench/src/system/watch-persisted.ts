import { setTimeout as sleep } from 'node:timers/promises';
import type { IssueRecords } from './issue-records.js';

const POLL_MS = 2;

export interface PersistedWatch {
  /** Ends the watch; answers the moment at which each ticket was first seen in the database, by ticket. */
  end(): Promise<Float64Array>;
}

/**
 * Sees from outside when claims reach the database: the coupon counts them up in the order of their tickets, so the
 * first look that counts n has seen ticket n. Late by the time between two looks, never early.
 */
export function watchPersisted(records: IssueRecords, couponId: number, tickets: number): PersistedWatch {
  const seenAt = new Float64Array(tickets + 1).fill(Number.NaN);
  let counted = 0;
  let ended = false;
  const look = async () => {
    const { issuedQuantity } = await records.readCounters(couponId);
    const now = performance.now();
    while (counted < issuedQuantity) seenAt[++counted] = now;
  };
  const watching = (async () => {
    while (!ended) {
      await look();
      await sleep(POLL_MS);
    }
    await look();
  })();
  // The error is for whoever ends the watch.
  watching.catch(() => undefined);
  return {
    end: async () => {
      ended = true;
      await watching;
      return seenAt;
    },
  };
}
