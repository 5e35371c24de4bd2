// Takes every guard away in turn: node dist/controls-command.js [--runs 40000] [--only guard] [--trace]
// Exit code 1 if a control was not found.
import { parseArgs } from 'node:util';
import { ALL_GUARDS, describeControl, findBroken } from './controls.js';
import { type Guard, isGuard } from './guards.js';
import { describeViolation } from './shorten.js';

function parseOnly(name: string | undefined): readonly Guard[] {
  if (name === undefined) return ALL_GUARDS;
  if (!isGuard(name)) throw new Error(`There is no guard ${name}`);
  return [name];
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '40000' },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
if (!Number.isSafeInteger(runs)) throw new Error(`${values.runs} is not a whole number`);

let missed = 0;
for (const guard of parseOnly(values.only)) {
  const run = findBroken(guard, runs);
  if (!run) missed += 1;
  console.log(describeControl(guard, run));
  if (run && values.trace) console.log(describeViolation(run, { [guard]: true }));
}
console.log(missed === 0 ? 'every control was found' : `${missed} controls were not found`);
process.exitCode = missed > 0 ? 1 : 0;
