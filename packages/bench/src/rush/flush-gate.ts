import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_LIMITS, runLoad } from '../load/run-load.js';
import { DOORS } from './doors.js';
import { count, figure } from './number-format.js';
import type { ChaosOutcome, RushUnderWay } from './rush-under-way.js';

/** Of the units; then the rest of them, and claims that wait in the queue, are at stake. */
const SHARE_OF_UNITS = 0.5;
const LOOK_EVERY_MS = 2;
const CONNECTIONS = 16;

/**
 * Gate and queue lose everything in mid-rush, and nobody does anything about it but the people, who come back with
 * their receipts. Whoever has one ends ISSUED or REJECTED, and every unit is had in the end.
 */
export async function flushGate(rush: RushUnderWay): Promise<ChaosOutcome> {
  const { couponId, system, log, total, receipts } = rush;
  while (log.usersWithClaim < total * SHARE_OF_UNITS && log.count < log.planned) await sleep(LOOK_EVERY_MS);
  const { shard, hasGate } = await system.records.readCounters(couponId);
  const keys = await system.gate.loseEverything();
  if (!hasGate) return { done: [`${count(keys)} keys were lost: none of them was V1's`], total };
  const holders = receipts.holders;
  const [shutMs] = await Promise.all([
    system.gate.untilRebuilt({ shard, couponId }),
    comeBack(rush, holders),
  ]);
  return {
    done: [
      `gate and queue lost everything, ${count(keys)} keys, when ${count(holders.length)} people held a claim`,
      `the gate was shut for ${figure(shutMs / 1_000)} s; ${count(receipts.turnedAway)} times somebody was told 503 and came back`,
    ],
    total,
  };
}

async function comeBack(
  { couponId, system, users, receipts }: RushUnderWay,
  holders: Uint32Array,
): Promise<void> {
  const { log } = await runLoad({
    ...LOAD_LIMITS,
    targets: system.targets,
    credentials: system.credentials,
    paths: [DOORS.v2.path(couponId)],
    plan: holders,
    users,
    connections: CONNECTIONS,
    receipts,
  });
  if (log.usersWithClaim === holders.length) return;
  const said = [...log.faults].map(([fault, times]) => `${times} × ${fault}`).join(', ');
  throw new Error(
    `Of ${holders.length} people with a receipt ${log.usersWithClaim} were heard (${log.soldOutCount} × sold out, ${said}).`,
  );
}
