import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { GateCounters } from '../rush/evidence.js';
import type { PrivateSystem } from './private-system.js';
import { readQueue } from './queue-window.js';

/** The final row of one claim. */
export interface FinalRow {
  userId: string;
  status: 'ISSUED' | 'REJECTED';
  issueNumber: number | null;
  reason: string | null;
  epoch: number | null;
  ticket: number | null;
}

/** All that can be seen of one coupon from outside, beside what users were told. */
export interface Outcome {
  total: number;
  /** What the coupon itself counts. */
  issuedQuantity: number;
  rows: FinalRow[];
  /** False where requests are admitted by the queue. */
  hasGate: boolean;
  /** null: the gate has no such coupon. */
  gate: GateCounters | null;
  /** Entries of the queue, of all coupons. */
  queued: number;
  /** Of these, read by a consumer and not acknowledged. */
  pending: number;
}

export async function readOutcome(system: PrivateSystem, couponId: number): Promise<Outcome> {
  const connection = await createConnection(system.mysql.url);
  try {
    const [coupons] = await connection.query<RowDataPacket[]>(
      `SELECT total_quantity AS total, issued_quantity AS issuedQuantity, shard, admission
       FROM coupons WHERE id = ?`,
      [couponId],
    );
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT user_id AS userId, status, issue_number AS issueNumber, reason, epoch, ticket
       FROM coupon_issues WHERE coupon_id = ?`,
      [couponId],
    );
    const { total, issuedQuantity, shard, admission } = coupons[0]!;
    const queue = await readQueue(system);
    return {
      total: Number(total),
      issuedQuantity: Number(issuedQuantity),
      rows: rows as FinalRow[],
      hasGate: admission === 'GATE',
      gate: await system.gateObserver.readCounters({ shard, couponId }),
      queued: queue.entries,
      pending: queue.pending,
    };
  } finally {
    await connection.end();
  }
}

/** Nothing is under way, and the gate offers what the rows have left. */
export function isQuiet({ total, issuedQuantity, hasGate, gate, queued, pending }: Outcome): boolean {
  const agreed = gate ? gate.capacity - gate.admitted === total - issuedQuantity : !hasGate;
  return agreed && queued === 0 && pending === 0;
}
