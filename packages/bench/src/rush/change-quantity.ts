import { setTimeout as sleep } from 'node:timers/promises';
import { LOAD_LIMITS } from '../load/run-load.js';
import type { ChaosOutcome, RushUnderWay } from './rush-under-way.js';

const ROUNDS = 6;
/** The last round begins then, so that many are still to come for its units. */
const SHARE_OF_REQUESTS = 0.6;
const LOOK_EVERY_MS = 5;

/** In parts of the first total. The decrease follows at once, so that it races with those who take the new units. */
const RAISED_BY = 1 / 4;
const LOWERED_BY = 1 / 8;
/** Even where every decrease is refused there have to be more users than units. */
const USERS_PER_UNIT_MIN = 4;

/** An operator raises and lowers the total while people take the last units. */
export async function changeQuantity({
  couponId,
  system,
  log,
  ...rush
}: RushUnderWay): Promise<ChaosOutcome> {
  if (rush.users < rush.total * USERS_PER_UNIT_MIN)
    throw new Error(`--chaos quantity needs at least ${USERS_PER_UNIT_MIN} users for each unit.`);
  const done: string[] = [];
  let { total } = rush;
  const changeBy = async (part: number): Promise<void> => {
    const wanted = total + Math.trunc(rush.total * part);
    const isChanged = await system.operator.changeQuantity(couponId, wanted);
    done.push(`total ${total} → ${wanted}${isChanged ? '' : ' refused: more is issued or promised'}`);
    if (isChanged) total = wanted;
  };
  for (let round = 0; round < ROUNDS && log.faultCount < LOAD_LIMITS.faultsMax; round++) {
    while (log.count < (log.planned * SHARE_OF_REQUESTS * round) / ROUNDS) await sleep(LOOK_EVERY_MS);
    if (round > 0) await changeBy(RAISED_BY);
    await changeBy(-LOWERED_BY);
  }
  return { done, total };
}
