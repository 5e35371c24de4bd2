import type { RebuildOutcome } from 'coupon-core';
import { z } from 'zod';

const count = z.int().min(0);

/** What an operator hears of a gate that was rebuilt. */
export const gateRebuiltSchema = z
  .object({
    outcome: z.literal('REBUILT'),
    epoch: count.describe("The gate's incarnation from now on."),
    claims: count.describe('Claims that the gate holds.'),
    unsettled: count.describe('Of these, the ones that no row settles yet.'),
  })
  .meta({ id: 'GateRebuilt' }) satisfies z.ZodType<Extract<RebuildOutcome, { outcome: 'REBUILT' }>>;

export type GateRebuilt = z.infer<typeof gateRebuiltSchema>;

/** It goes on behind the answer; the coupon's `epochBuilt` tells when it has ended. */
export const rebuildUnderWaySchema = z
  .object({ outcome: z.literal('UNDER_WAY') })
  .meta({ id: 'RebuildUnderWay' });

export type RebuildUnderWay = z.infer<typeof rebuildUnderWaySchema>;
