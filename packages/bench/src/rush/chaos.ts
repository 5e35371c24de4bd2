import { cancelIssues } from './cancel-issues.js';
import { changeQuantity } from './change-quantity.js';
import type { Chaos } from './rush-under-way.js';

/** By the name that `--chaos` takes. */
export const CHAOS: Readonly<Record<string, Chaos>> = {
  cancel: cancelIssues,
  quantity: changeQuantity,
};
