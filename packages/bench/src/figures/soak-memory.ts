import type { BenchEnvironment } from '../bench-environment.js';
import { figure } from '../rush/number-format.js';
import { table } from '../rush/table.js';
import { residentBytes } from '../system/resident-memory.js';
import type { SystemUnderLoad } from '../system/system-under-load.js';
import type { Sample } from './figure.js';
import { type FigureName, FLAT_AT_MOST } from './figure-definitions.js';

type Kind = 'api' | 'consumer' | 'redis' | 'mysql';

interface ProcessMemory {
  kind: Kind;
  name: string;
  residentBytes: number;
  /** Of these, what the process is meant to keep; a growth by that is no leak. */
  keptBytes: number;
}

/** The memory at one moment. */
export interface MemoryReading {
  issued: number;
  gateBytes: number;
  processes: ProcessMemory[];
}

export interface SoakReadings {
  start: MemoryReading;
  middle: MemoryReading;
  end: MemoryReading;
}

/** What the gate may keep of each issued user; `memory` aims at the same. */
const BYTES_PER_USER = 16;
const MEBIBYTE = 2 ** 20;

export async function readMemory(
  environment: BenchEnvironment,
  { gate, records }: SystemUnderLoad,
  issued: number,
): Promise<MemoryReading> {
  const kept = { redis: issued * BYTES_PER_USER, mysql: await records.bufferPoolBytes() };
  const processes = processesOf(environment).map(async ({ pid, kind, name }) => {
    const keptBytes = kind === 'redis' || kind === 'mysql' ? kept[kind] : 0;
    return { kind, name, residentBytes: await residentBytes(pid), keptBytes };
  });
  return { issued, gateBytes: await gate.usedMemoryBytes(), processes: await Promise.all(processes) };
}

/** Those that somebody has named. */
function processesOf({ apiPids, consumers, gateRedisPid, mysqlPid }: BenchEnvironment) {
  const named: { kind: Kind; name: string; pid: number | null }[] = [
    ...apiPids.map((pid, index) => ({ kind: 'api' as const, name: `API ${index + 1}`, pid })),
    ...consumers.map(({ pid }, index) => ({ kind: 'consumer' as const, name: `consumer ${index + 1}`, pid })),
    { kind: 'redis', name: 'Redis (gate)', pid: gateRedisPid },
    { kind: 'mysql', name: 'MySQL', pid: mysqlPid },
  ];
  return named.flatMap(({ kind, name, pid }) => (pid === null ? [] : { kind, name, pid }));
}

const FIGURE_OF: Record<Kind, FigureName> = {
  api: 'soak-api',
  consumer: 'soak-consumer',
  redis: 'soak-redis',
  mysql: 'soak-mysql',
};

/** Processes of a kind are added up. */
export function soakSamples({ start, middle, end }: SoakReadings): Sample[] {
  const kinds = [...new Set(end.processes.map(({ kind }) => kind))];
  const resident = kinds.map((kind) => {
    const rows = growthOf(middle, end).filter((row) => row.kind === kind);
    const sum = (of: 'endBytes' | 'allowedBytes') => rows.reduce((total, row) => total + row[of], 0);
    return {
      figure: FIGURE_OF[kind],
      ours: sum('endBytes') / MEBIBYTE,
      baseline: sum('allowedBytes') / MEBIBYTE,
    };
  });
  return [
    ...resident,
    { figure: 'soak-user', ours: bytesPerUser(middle, end), baseline: bytesPerUser(start, middle) },
  ];
}

const bytesPerUser = (from: MemoryReading, to: MemoryReading): number =>
  (to.gateBytes - from.gateBytes) / (to.issued - from.issued);

/** What each process has at the end, and what it had at half time together with what it has kept since on purpose. */
function growthOf(middle: MemoryReading, end: MemoryReading) {
  return end.processes.map(({ kind, name, residentBytes: endBytes, keptBytes }, index) => {
    const before = middle.processes[index]!;
    return { kind, name, endBytes, allowedBytes: before.residentBytes + keptBytes - before.keptBytes };
  });
}

export function soakTable({ start, middle, end }: SoakReadings): string {
  const rows = growthOf(middle, end).map(({ name, endBytes, allowedBytes }, index) => [
    name,
    ...[start, middle, end].map((reading) => mebibytes(reading.processes[index]!.residentBytes)),
    mebibytes(endBytes - middle.processes[index]!.residentBytes),
    mebibytes(endBytes - allowedBytes),
    endBytes <= allowedBytes * FLAT_AT_MOST ? '✓ flat' : '✗ grows',
  ]);
  const tolerance = `${Math.round((FLAT_AT_MOST - 1) * 100)} % tolerated`;
  return table(
    ['resident, MiB', 'start', 'middle', 'end', 'end − middle', 'of it unaccounted for', tolerance],
    rows,
  );
}

const mebibytes = (bytes: number): string => figure(bytes / MEBIBYTE);
