import type { MemoryOptions } from '../parse-arguments.js';
import { count, figure } from '../rush/number-format.js';
import { checkLine } from '../rush/rush-report.js';
import { table } from '../rush/table.js';
import type { MemoryResult } from './measure-memory.js';

const BYTES_PER_USER_TARGET = 16;

export function memoryReport(
  options: MemoryOptions,
  result: MemoryResult,
  cacheSharesGateServer: boolean,
): string {
  const { figures, persistedAfterMs, usedMemoryBytesBefore, usedMemoryBytesAfter, bytesPerUser } = result;
  const missed = result.checks.filter((check) => !check.passed).length;
  const reached = bytesPerUser <= BYTES_PER_USER_TARGET;
  const note = cacheSharesGateServer
    ? 'Gate and cache share one server here: what the cache keeps is counted too.\n'
    : '';
  return [
    table(
      ['memory of the gate server', ''],
      [
        ['users issued', count(figures.requests)],
        ['requests/s', figure(figures.requestsPerSecond)],
        ['latency, average, ms', figure(figures.averageMs)],
        ['latency, max, ms', figure(figures.maxMs)],
        [
          'last answer → all in the database, ms',
          persistedAfterMs === null ? 'never' : count(persistedAfterMs),
        ],
        ['used before, bytes', count(usedMemoryBytesBefore)],
        ['used after, bytes', count(usedMemoryBytesAfter)],
        ['bytes per issued user', figure(bytesPerUser)],
        ['of these in claim buckets', figure(result.bucketBytesPerUser)],
      ],
    ),
    `${note}target: ${reached ? '✓' : '✗'} ${figure(bytesPerUser)} ≤ ${BYTES_PER_USER_TARGET} bytes per issued user`,
    '',
    'checks',
    ...result.checks.map(checkLine),
    '',
    missed === 0
      ? `EXACT: ${count(options.users)} coupons, each given once (seed ${options.seed}).`
      : `NOT EXACT: ${missed} ${missed === 1 ? 'check' : 'checks'} missed (seed ${options.seed}).`,
    '',
  ].join('\n');
}
