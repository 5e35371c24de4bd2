import { cancelIssues } from './cancel-issues.js';
import { changeQuantity } from './change-quantity.js';
import { flushGate } from './flush-gate.js';
import type { Chaos } from './rush-under-way.js';

/** By the name that `--chaos` takes. */
export const CHAOS: Readonly<Record<string, Chaos>> = {
  cancel: cancelIssues,
  quantity: changeQuantity,
  flush: flushGate,
};

/** Claims may be lost by these: people keep their receipts, and some end REJECTED. */
export const LOSES_CLAIMS: ReadonlySet<string | null> = new Set(['flush']);
