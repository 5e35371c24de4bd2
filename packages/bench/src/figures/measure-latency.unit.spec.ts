import { describe, expect, it } from '@jest/globals';
import { AnswerLog } from '../load/answer-log.js';
import { persistedAfterMs } from './measure-latency.js';

const claim = (ticket: number) => ({
  outcome: 'CLAIM' as const,
  status: 202,
  ticket,
  issueNumber: Number.NaN,
  fault: null,
});

describe('from the answer to the database', () => {
  it('finds each claim by its ticket, whatever the order of the answers', () => {
    const log = new AnswerLog(3, 3);
    for (const ticket of [2, 1, 3]) log.record(ticket - 1, claim(ticket), 1);
    const answeredAt = Float64Array.of(100, 101, 102);
    const persistedAt = Float64Array.of(Number.NaN, 111, 110, 142);
    expect([...persistedAfterMs({ log, answeredAt }, persistedAt)]).toEqual([10, 10, 40]);
  });

  it('waits no negative time, and leaves out what was never seen', () => {
    const log = new AnswerLog(2, 2);
    for (const ticket of [1, 2]) log.record(ticket - 1, claim(ticket), 1);
    const persistedAt = Float64Array.of(Number.NaN, 90, Number.NaN);
    expect([...persistedAfterMs({ log, answeredAt: Float64Array.of(100, 101) }, persistedAt)]).toEqual([0]);
  });
});
