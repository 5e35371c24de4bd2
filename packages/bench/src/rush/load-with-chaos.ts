import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerLog } from '../load/answer-log.js';
import { type Load, type LoadResult, runLoad } from '../load/run-load.js';
import type { Chaos, ChaosOutcome, RushUnderWay } from './rush-under-way.js';
import { type Tally, tallyAnswers } from './tally-answers.js';

/** For so long "sold out" may be said of a unit that came back: a second (I6), and as much again. */
const STILL_SOLD_OUT_MS = 2_000;

export interface ChaoticLoad extends ChaosOutcome {
  /** Of the rush alone. */
  result: LoadResult;
  /** Of the rush, and of everybody who asked once more. */
  tally: Tally;
  /** Of the rush alone. */
  servingCpuMicros: number;
  lastAnswerAt: number;
}

/**
 * A rush to which something happens. When it is over everybody asks once more: whoever holds a claim has to read the
 * same, and units that came back when it was nearly over are there for the others.
 */
export async function loadWithChaos(
  chaos: Chaos,
  load: Load,
  rush: Omit<RushUnderWay, 'log'>,
  watch: (log: AnswerLog) => () => void,
): Promise<ChaoticLoad> {
  let happening: Promise<ChaosOutcome> | undefined;
  const cpuBefore = await rush.system.servingCpuMicros();
  const result = await runLoad(load, (log) => {
    happening = chaos({ ...rush, log });
    // It is waited for below; until then its failure is not an unhandled one.
    happening.catch(() => undefined);
    return watch(log);
  });
  const servingCpuMicros = (await rush.system.servingCpuMicros()) - cpuBefore;
  const outcome = await happening!;
  await sleep(STILL_SOLD_OUT_MS);
  const again = await runLoad({ ...load, plan: Uint32Array.from({ length: load.users }, (_, user) => user) });
  const answeredAt = Float64Array.from([...result.answeredAt, ...again.answeredAt]);
  const tally = tallyAnswers(result.log.followedBy(again.log), answeredAt);
  return { ...outcome, result, tally, servingCpuMicros, lastAnswerAt: again.lastAnswerAt };
}
