import { describe, expect, it } from '@jest/globals';
import { AnswerLog } from '../load/answer-log.js';
import { rushCurve } from './rush-curve.js';
import { rushPicture } from './rush-picture.js';
import { tallyAnswers } from './tally-answers.js';

/** One answer a millisecond for 600 ms; those of the second half took 9 ms, the others 1 ms. */
function steadyLoad() {
  const log = new AnswerLog(600, 600);
  const answeredAt = new Float64Array(600);
  for (let user = 0; user < 600; user++) {
    answeredAt[user] = 5_000 + user + 1;
    const answer = {
      outcome: 'CLAIM',
      status: 202,
      ticket: user + 1,
      issueNumber: Number.NaN,
      fault: null,
    } as const;
    log.record(user, answer, user < 300 ? 1 : 9);
  }
  return { log, answeredAt, elapsedMs: 600, lastAnswerAt: 5_600, cpuMicros: 0 };
}

describe('the course of a rush', () => {
  it('tells rate and latency of each stretch', () => {
    const curve = rushCurve(steadyLoad());
    expect(curve).toHaveLength(60);
    expect(curve.reduce((sum, point) => sum + (point.answersPerSecond * 10) / 1_000, 0)).toBeCloseTo(600);
    expect(curve[10]).toMatchObject({ atMs: 105, p50Ms: 1, p99Ms: 1 });
    expect(curve[50]).toMatchObject({ answersPerSecond: 1_000, p50Ms: 9, p99Ms: 9 });
  });

  it('has no latency where nothing was answered', () => {
    const load = steadyLoad();
    const stalled = { ...load, answeredAt: load.answeredAt.map((at) => (at < 5_300 ? at : 5_600)) };
    expect(rushCurve(stalled)[40]).toMatchObject({ answersPerSecond: 0, p99Ms: Number.NaN });
  });

  it('is drawn with a line for each side, and without holes in its numbers', () => {
    const { log } = steadyLoad();
    const curve = rushCurve(steadyLoad());
    const door = {
      door: 'v2' as const,
      couponId: 1,
      curve,
      tally: tallyAnswers(log),
      persistedAfterMs: 1,
      checks: [],
      chaos: [],
    };
    const figures = {} as never;
    const picture = rushPicture({ seed: 7, bare: figures, bareCurve: curve, doors: [{ ...door, figures }] });
    expect(picture.match(/<polyline/g)).toHaveLength(6);
    expect(picture).toContain('seed 7');
    expect(picture).not.toContain('NaN');
  });
});
