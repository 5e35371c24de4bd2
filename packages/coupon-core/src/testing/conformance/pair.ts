import type { World } from 'protocol-model';
import type { RealWorld } from './real-world.js';

/** A guard that the product goes without, to show that the comparison notices. */
export type Sabotage =
  /** Batches read from an earlier gate are settled all the same. */
  | 'SETTLES_ANY_EPOCH'
  /** A rebuild counts the claims that it loads as the tickets given. */
  | 'COUNTS_CLAIMS_LOADED'
  /** A gate that is being rebuilt goes on admitting. */
  | 'NO_FENCE'
  /** A row forgets that it was cancelled, so every repeat gives its unit back once more. */
  | 'CANCELS_TWICE'
  /** A decrease is put into force whatever the gate says of it. */
  | 'DECREASES_ALONE'
  /** What the rows have decided is driven again too. */
  | 'DRIVES_DECIDED'
  /** A gate that has units again sells them at once. */
  | 'NO_REOPEN_DELAY'
  /** A lease refuses everybody. */
  | 'NO_LIST'
  /** A list of an earlier time when all was sold out is kept with a new lease. */
  | 'KEEPS_LISTS'
  /** Leases go on whatever the mark says. */
  | 'IGNORES_MARK'
  /** A gate forgets its claims whatever has come since they were looked at. */
  | 'SHRINKS_UNCHECKED';

/** The model, and the servers that are to do the same. */
export interface Pair {
  readonly model: World;
  readonly real: RealWorld;
  readonly sabotage: Sabotage | null;
}

export function expectEqual(what: string, model: boolean, product: boolean): void {
  if (model !== product) throw new Error(`${what}: the model says ${model}, the product ${product}`);
}
