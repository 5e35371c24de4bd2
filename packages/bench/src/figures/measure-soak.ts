import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../rush/check-exactness.js';
import { count, figure } from '../rush/number-format.js';
import { BUFFERS_SHRINK_MS } from '../system/gate-observer.js';
import { mostPerSecond, p99 } from './measure-latency.js';
import type { Measurement } from './measurement.js';
import { readMemory, soakSamples, soakTable } from './soak-memory.js';
import { everybody, type Workbench } from './workbench.js';

const CAMPAIGN_SECONDS = 20;

/**
 * Half of the most for minutes, by an open loop, one campaign after the other: what still grows in the second half of
 * the time would grow for days. Each campaign is checked when it ends, so that the bench remembers only one of them.
 */
export const measureSoak: Measurement = {
  roundsMax: 1,

  async prepare(bench) {
    await bench.warmUpDoor('v2');
  },

  async round(bench, seed) {
    const arrivalsPerSecond = Math.max(1, Math.round((await mostPerSecond(bench, seed)) / 2));
    const { half, seconds } = campaignsOf(bench.options.minutes);
    bench.out.write(
      `soak: ${2 * half} campaigns of ${figure(seconds)} s, ${count(arrivalsPerSecond)} arrivals a second, half of the most\n`,
    );
    const halfTime = { campaigns: half, seconds, arrivalsPerSecond };
    const start = await readCalm(bench, 0);
    const first = await runCampaigns(bench, { ...halfTime, seed });
    const middle = await readCalm(bench, first.issued);
    const second = await runCampaigns(bench, { ...halfTime, seed: seed + half });
    const end = await readCalm(bench, first.issued + second.issued);
    const readings = { start, middle, end };
    bench.out.write(soakTable(readings));
    return { samples: soakSamples(readings), checks: [...first.checks, ...second.checks] };
  },
};

/** The same number in each half, one at least. */
export function campaignsOf(minutes: number): { half: number; seconds: number } {
  const halfSeconds = (minutes * 60) / 2;
  const half = Math.max(1, Math.round(halfSeconds / CAMPAIGN_SECONDS));
  return { half, seconds: halfSeconds / half };
}

async function readCalm(bench: Workbench, issued: number) {
  await sleep(BUFFERS_SHRINK_MS);
  return readMemory(bench.environment, bench.system, issued);
}

interface Campaigns {
  campaigns: number;
  seconds: number;
  arrivalsPerSecond: number;
  seed: number;
}

async function runCampaigns(
  bench: Workbench,
  { campaigns, seconds, arrivalsPerSecond, seed }: Campaigns,
): Promise<{ issued: number; checks: Check[] }> {
  const users = Math.max(1, Math.round(arrivalsPerSecond * seconds));
  const checks: Check[] = [];
  let issued = 0;
  for (let campaign = 0; campaign < campaigns; campaign++) {
    const plan = everybody(users, (seed + campaign) >>> 0);
    const couponId = await bench.openCoupon('v2', users);
    const load = await bench.loadOpen({ couponId }, arrivalsPerSecond, plan);
    const { persistedAfterMs } = await bench.settle(couponId, load);
    const persisted = persistedAfterMs === null ? 'never' : `${count(persistedAfterMs)} ms later`;
    bench.out.write(
      `soak: ${count(users)} arrivals, answers p99 ${figure(p99(load.log.latenciesMs))} ms, all in the database ${persisted}\n`,
    );
    // One of these is that the queue is empty again.
    checks.push(...(await bench.checkDoor('v2', couponId, users, load)));
    issued += load.log.usersWithClaim;
  }
  return { issued, checks };
}
