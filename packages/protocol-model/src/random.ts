/** A source of random choices; the same seed gives the same ones on every machine. */
export interface Random {
  readonly chance: (probability: number) => boolean;
  /** A whole number from 0 to n − 1. */
  readonly below: (n: number) => number;
  readonly pick: <T>(list: readonly [T, ...T[]]) => T;
}

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    chance: (probability) => next() < probability,
    below,
    pick: (list) => list[below(list.length)] ?? list[0],
  };
}
