import { setTimeout as sleep } from 'node:timers/promises';
import { planRequests } from '../load/request-plan.js';
import { LOAD_LIMITS, runLoad } from '../load/run-load.js';
import type { MemoryOptions } from '../parse-arguments.js';
import { awaitSettled } from '../rush/await-settled.js';
import { type Check, checkExactness } from '../rush/check-exactness.js';
import { DOORS } from '../rush/doors.js';
import { type PhaseFigures, phaseFigures } from '../rush/phase-figures.js';
import { ProgressLine } from '../rush/progress-line.js';
import { tallyAnswers } from '../rush/tally-answers.js';
import { BUFFERS_SHRINK_MS } from '../system/gate-observer.js';
import type { SystemUnderLoad } from '../system/system-under-load.js';

export interface MemoryResult {
  couponId: number;
  figures: PhaseFigures;
  persistedAfterMs: number | null;
  usedMemoryBytesBefore: number;
  usedMemoryBytesAfter: number;
  /** All that the gate server grew by, divided by the users who were issued a coupon. */
  bytesPerUser: number;
  /** The claim buckets alone, as the server accounts for them. */
  bucketBytesPerUser: number;
  checks: Check[];
}

/** Issues one coupon to each of many users over HTTP, and measures what the gate server keeps of it. */
export async function measureMemory(
  { users, connections, seed }: MemoryOptions,
  system: SystemUnderLoad,
  out: NodeJS.WriteStream,
): Promise<MemoryResult> {
  const usedMemoryBytesBefore = await system.gate.usedMemoryBytes();
  const couponId = await system.operator.openCoupon({
    title: 'Memory',
    totalQuantity: users,
    issueMode: 'ASYNC',
  });
  const plan = planRequests({ users, repeats: 0, total: users, seed });
  const progress = new ProgressLine(out, 'memory');
  const load = {
    targets: system.targets,
    credentials: system.credentials,
    paths: [DOORS.v2.path(couponId)],
    plan,
    users,
    connections,
    ...LOAD_LIMITS,
  };
  const cpuBefore = await system.servingCpuMicros();
  const result = await runLoad(load, (log) => progress.watch(log));
  const servingCpuMicros = (await system.servingCpuMicros()) - cpuBefore;
  const tally = tallyAnswers(result.log);
  const settled = await awaitSettled(system, couponId, tally.accepted, result.lastAnswerAt);
  await sleep(BUFFERS_SHRINK_MS);
  const usedMemoryBytesAfter = await system.gate.usedMemoryBytes();
  const { shard } = await system.records.readCounters(couponId);
  const sample = await system.gate.sampleClaims({ shard, couponId });
  const rows = await system.records.readRows(couponId);
  return {
    couponId,
    figures: phaseFigures(result, servingCpuMicros),
    persistedAfterMs: settled.persistedAfterMs,
    usedMemoryBytesBefore,
    usedMemoryBytesAfter,
    bytesPerUser: (usedMemoryBytesAfter - usedMemoryBytesBefore) / tally.accepted,
    bucketBytesPerUser: sample.bytes / sample.claims,
    checks: checkExactness({ door: 'v2', users, total: users, tally, rows, ...settled }),
  };
}
