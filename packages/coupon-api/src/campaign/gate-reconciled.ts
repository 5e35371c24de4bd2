import type { Reconciled } from 'coupon-core';
import { z } from 'zod';

const count = z.int().min(0);

/** What an operator hears of a gate that was compared with its rows. */
export const gateReconciledSchema = z
  .object({
    outcome: z.literal('RECONCILED'),
    given: count.describe('Tickets that the gate had given at a mark some seconds ago.'),
    settled: count.describe('Tickets that the rows have decided by now.'),
    deadLetters: count.describe('Claims that wait for a decision among the dead letters.'),
    scanned: count.describe('Claims that were looked at.'),
    drivenAgain: count.describe('Claims that nothing would have settled; they are in the queue again.'),
  })
  .meta({ id: 'GateReconciled' }) satisfies z.ZodType<Reconciled>;

export type GateReconciled = z.infer<typeof gateReconciledSchema>;

/** It goes on behind the answer, and its end is in the log. */
export const reconciliationUnderWaySchema = z
  .object({ outcome: z.literal('UNDER_WAY') })
  .meta({ id: 'ReconciliationUnderWay' });

export type ReconciliationUnderWay = z.infer<typeof reconciliationUnderWaySchema>;
