import { setTimeout as sleep } from 'node:timers/promises';
import { originOf } from '../bench-environment.js';
import { userOf } from '../load/request-plan.js';
import { LOAD_LIMITS } from '../load/run-load.js';
import type { IssueRow } from './evidence.js';
import type { ChaosOutcome, RushUnderWay } from './rush-under-way.js';

/** Every so many issue numbers one is cancelled. */
const ONE_IN = 3;
/** Then it ends, so that enough people are still to come for the units that came back. */
const SHARE_OF_REQUESTS = 0.6;
const LOOK_EVERY_MS = 20;
const AT_ONCE_MAX = 16;
const ANSWER_MS_MAX = 10_000;

/** Winners cancel while the rush goes on: their units are issued once more, under numbers of their own. */
export async function cancelIssues(rush: RushUnderWay): Promise<ChaosOutcome> {
  const { couponId, system, log, total } = rush;
  let cancelled = 0;
  while (log.count < log.planned * SHARE_OF_REQUESTS && log.faultCount < LOAD_LIMITS.faultsMax) {
    const due = (await system.records.readRows(couponId)).filter(isDue);
    const answers = await Promise.all(due.slice(0, AT_ONCE_MAX).map((row) => cancel(rush, row)));
    cancelled += answers.filter(Boolean).length;
    if (due.length <= AT_ONCE_MAX) await sleep(LOOK_EVERY_MS);
  }
  return { done: [`every third winner cancelled: ${cancelled} units were offered once more`], total };
}

const isDue = ({ issueNumber, lifecycle }: IssueRow): boolean =>
  issueNumber !== null && issueNumber % ONE_IN === 0 && lifecycle === null;

/** As its owner; false where the system asks for a repeat. */
async function cancel(
  { couponId, users, system: { targets, credentials } }: RushUnderWay,
  { userId, issueNumber }: IssueRow,
): Promise<boolean> {
  const [name, value] = credentials.headerOf(userOf(userId, users)!).split(': ') as [string, string];
  const path = `/v1/coupons/${couponId}/issues/${issueNumber}/cancel`;
  const origin = originOf(targets[issueNumber! % targets.length]!);
  const { status } = await fetch(origin + path, {
    method: 'POST',
    headers: { [name]: value },
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  if (status !== 200 && status !== 503) throw new Error(`POST ${path} answered ${status}.`);
  return status === 200;
}
