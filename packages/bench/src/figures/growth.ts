/** So many times the small case is the large one. */
export const GROWTH_TIMES = 10;

/** The large cases take long, and lie near the small ones. */
export const GROWTH_ROUNDS_MAX = 3;
