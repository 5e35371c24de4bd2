// Random runs: node dist/explore-command.js [--runs 2000] [--seed 1] [--off guard,guard] [--queue line|topic]
// Prints the shortest broken schedule, and what the runs came across. Exit code 1 if any run was broken.
import { parseArgs } from 'node:util';
import type { Queue } from './campaign.js';
import { survey } from './explore.js';
import { type GuardsOff, isGuard } from './guards.js';
import { describeViolation } from './shorten.js';

function parseGuards(list: string): GuardsOff {
  const names = list.split(',').filter((name) => name !== '');
  for (const name of names) if (!isGuard(name)) throw new Error(`There is no guard ${name}`);
  return Object.fromEntries(names.map((name) => [name, true]));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${text} is not a whole number`);
  return count;
}

const QUEUES: { readonly [name: string]: Queue | undefined } = {
  stream: 'STREAM',
  line: 'LINE',
  topic: 'TOPIC',
};

function parseQueue(name: string): Queue {
  const queue = QUEUES[name];
  if (!queue) throw new Error(`There is no queue ${name}`);
  return queue;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    off: { type: 'string', default: '' },
    queue: { type: 'string', default: 'stream' },
  },
});
const runs = parseCount(values.runs);
const seed = parseCount(values.seed);
const off = parseGuards(values.off);

const { broken, shortest, seen } = survey({ runs, seed, off, profile: { queue: parseQueue(values.queue) } });
if (shortest) console.log(describeViolation(shortest, off));
for (const [what, times] of Object.entries(seen).sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(`  ${what}: ${times}`);
}
console.log(`${runs} runs from seed ${seed}: ${broken} broken`);
process.exitCode = broken > 0 ? 1 : 0;
