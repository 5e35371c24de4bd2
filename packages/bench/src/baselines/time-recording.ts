import { productMetrics } from './product-metrics.js';

/**
 * A program of its own: sends its parent what the metrics of the API whose program it is told cost, in nanoseconds of
 * CPU. Each is found by a label first, as a request finds it, and the clock is looked at before an observation. The values
 * fall into all buckets in an order that no processor foresees.
 */
const TIMES = 2_000_000;
const VALUES = 4_096;
const LABELS = [200, 202, 409, 503];

const { Count, Tally, SECONDS } = await productMetrics(process.argv[2]!);
const counts = new Map(LABELS.map((label) => [label, new Count()]));
const tallies = new Map(LABELS.map((label) => [label, new Tally(SECONDS)]));

const seconds = Array.from({ length: VALUES }, () => 10 ** (-5 + 5 * Math.random()));
const labels = Array.from({ length: VALUES }, () => LABELS[Math.floor(Math.random() * LABELS.length)]!);
let clock = 0;

const count = (i: number) => counts.get(labels[i % VALUES]!)!.add();
const observe = (i: number) => {
  clock += performance.now();
  tallies.get(labels[i % VALUES]!)!.observe(seconds[i % VALUES]!);
};

function nanosecondsOf(record: (i: number) => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < TIMES; i += 1) record(i);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / TIMES;
}

// What comes first is interpreted and compiled.
for (const record of [count, observe]) nanosecondsOf(record);
process.send?.({ count: nanosecondsOf(count), observation: nanosecondsOf(observe), clock });
