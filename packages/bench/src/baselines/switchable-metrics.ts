import { productMetrics } from './product-metrics.js';

/**
 * Loaded into an API process before its program (`--import`): at each SIGUSR2 it stops recording in its metrics, or goes
 * on. So the system needs no setting that nobody else would use, and both sides are one process: of two that run the same
 * program, one may well need a tenth more than the other.
 */
const { Count, Tally } = await productMetrics(process.argv[1]!);
const { add } = Count.prototype;
const { observe } = Tally.prototype;
const nothing = () => undefined;

process.on('SIGUSR2', () => {
  const off = Count.prototype.add === add;
  Count.prototype.add = off ? nothing : add;
  Tally.prototype.observe = off ? nothing : observe;
});
