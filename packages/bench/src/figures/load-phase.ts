import type { Credentials } from '../load/credentials.js';
import type { Target } from '../load/http-connection.js';
import { LOAD_LIMITS, type LoadResult, runLoad } from '../load/run-load.js';
import type { CpuOfEach } from '../system/system-under-load.js';
import type { CpuPerRequest } from './figure.js';

export interface PhaseOptions {
  targets: readonly Target[];
  credentials: Credentials;
  paths: readonly string[];
  plan: Uint32Array;
  connections: number;
  /** Without it the plan is sent to its end. */
  seconds?: number;
  cpu(): Promise<CpuOfEach>;
}

/** One stretch of load on one server. */
export interface Phase extends LoadResult {
  requestsPerSecond: number;
  cpuPerRequest: CpuPerRequest;
  generatorBusyPercent: number;
}

export async function loadPhase({ seconds, cpu, ...options }: PhaseOptions): Promise<Phase> {
  const duration = seconds === undefined ? {} : { durationMs: seconds * 1_000 };
  const users = options.plan.reduce((last, user) => Math.max(last, user), 0) + 1;
  await options.credentials.prepare(users);
  const before = await cpu();
  const result = await runLoad({ ...options, users, ...LOAD_LIMITS, ...duration });
  const after = await cpu();
  const { log, elapsedMs, cpuMicros } = result;
  return {
    ...result,
    requestsPerSecond: (log.count * 1_000) / elapsedMs,
    cpuPerRequest: perRequest(before, after, log.count),
    generatorBusyPercent: cpuMicros / elapsedMs / 10,
  };
}

export function perRequest(before: CpuOfEach, after: CpuOfEach, requests: number): CpuPerRequest {
  return Object.fromEntries(
    Object.keys(before).map((name) => [name, (after[name]! - before[name]!) / requests]),
  );
}
