import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type BenchEnvironment, readEnvironment } from './bench-environment.js';
import { measureFigures } from './figures/measure-figures.js';
import { measureMemory } from './memory/measure-memory.js';
import { memoryReport } from './memory/memory-report.js';
import {
  type BenchOptions,
  type MemoryOptions,
  parseArguments,
  type RushOptions,
  USAGE,
} from './parse-arguments.js';
import { UsageError } from './read-flags.js';
import { count } from './rush/number-format.js';
import { runRush } from './rush/run-rush.js';
import { rushPicture } from './rush/rush-picture.js';
import { isExact, rushReport } from './rush/rush-report.js';
import { rushSummary } from './rush/rush-summary.js';
import { type SystemShape, shapeLine, shapeOf } from './system/system-shape.js';
import { connectToSystem, type SystemUnderLoad } from './system/system-under-load.js';

const EXIT = { exact: 0, missed: 1, usage: 2, interrupted: 130 };

// An end by a signal passes by whatever listens for the end of the process, such as a paused consumer's release.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(EXIT.interrupted));
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.exact;
  }
  const options = parseArguments(argv, randomInt(2 ** 32));
  const environment = readEnvironment(process.env);
  const system = await connectToSystem(environment, process.stdout);
  process.stdout.write(`${shapeLine(shapeOf(environment))}\n`);
  try {
    return (await run(options, environment, system)) ? EXIT.exact : EXIT.missed;
  } finally {
    await system.close();
  }
}

/** Answers whether everything was exact. */
function run(
  options: BenchOptions,
  environment: BenchEnvironment,
  system: SystemUnderLoad,
): Promise<boolean> {
  const shape = shapeOf(environment);
  switch (options.command) {
    case 'rush':
      return rush(options, shape, system);
    case 'memory':
      return memory(options, shape, system);
    case 'figures':
      return measureFigures(options, environment, system, process.stdout);
  }
}

async function rush(options: RushOptions, shape: SystemShape, system: SystemUnderLoad): Promise<boolean> {
  const { users, repeats, total, connections, warmup, seed } = options;
  process.stdout.write(
    `${count(users)} users and ${count(repeats)} repeats for ${count(total)} coupons: closed loop, ${connections} connections, ${count(warmup)} requests of warm-up, seed ${seed}\n`,
  );
  const runs = await runRush(options, system, process.stdout);
  process.stdout.write(rushReport(options, runs));
  await writeJson(options.jsonFile, rushSummary(options, shape, runs));
  if (options.pictureFile !== null) await writeFile(options.pictureFile, rushPicture(runs.at(-1)!));
  return isExact(runs);
}

async function memory(options: MemoryOptions, shape: SystemShape, system: SystemUnderLoad): Promise<boolean> {
  process.stdout.write(
    `${count(options.users)} users, each is issued a coupon: closed loop, ${options.connections} connections, seed ${options.seed}\n`,
  );
  const result = await measureMemory(options, system, process.stdout);
  process.stdout.write(memoryReport(options, result, system.cacheSharesGateServer));
  await writeJson(options.jsonFile, { options, system: shape, ...result });
  return result.checks.every((check) => check.passed);
}

async function writeJson(file: string | null, content: object): Promise<void> {
  if (file !== null) await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** The whole chain of causes, because the first message alone rarely says what to do. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  ${explain(error.cause)}`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.missed;
}
