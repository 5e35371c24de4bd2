import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What an API process records with, as far as it matters here. */
export interface ProductMetrics {
  Count: { prototype: { add(): void }; new (): { add(): void } };
  Tally: {
    prototype: { observe(value: number): void };
    new (bounds: readonly number[]): { observe(value: number): void };
  };
  SECONDS: readonly number[];
}

/**
 * The very module that the program of an API process uses. Found when it is needed, by a process that belongs to the
 * system as long as it runs; the bench itself imports nothing of it.
 */
export async function productMetrics(program: string): Promise<ProductMetrics> {
  const core = pathToFileURL(createRequire(program).resolve('coupon-core'));
  return (await import(new URL('./metrics/plain-metrics.js', core).href)) as ProductMetrics;
}
