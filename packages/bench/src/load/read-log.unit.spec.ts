import { describe, expect, it } from '@jest/globals';
import { ReadLog } from './read-log.js';

const HERE = 0;
const THERE = 1;

function logWithEdit(): ReadLog {
  const log = new ReadLog();
  log.edited(7, 2, HERE, 1_000);
  return log;
}

describe('ReadLog', () => {
  it('finds nothing wrong with the new version, or with the old one where the read was sent before', () => {
    const log = logWithEdit();
    log.read(7, 2, HERE, 1_001, 'L1');
    log.read(7, 1, HERE, 999, 'L1');
    log.read(8, 1, HERE, 2_000, 'DB');
    expect([log.lateHere, log.tooOld, log.stalestMs]).toEqual([[], [], 0]);
  });

  it('finds an old version at the process that has answered the edit', () => {
    const log = logWithEdit();
    log.read(7, 1, HERE, 1_001, 'L1');
    expect([log.lateHere, log.tooOld]).toEqual([['coupon 7: version 1, 1 ms after 2'], []]);
  });

  it('lets another process be ten seconds late, and no longer', () => {
    const log = logWithEdit();
    log.read(7, 1, THERE, 11_000, 'L1');
    expect([log.lateHere, log.tooOld, log.stalestMs]).toEqual([[], [], 10_000]);
    log.read(7, 1, THERE, 11_001, 'L2');
    expect(log.tooOld).toEqual(['coupon 7: version 1, 10001 ms after 2']);
  });

  it('judges by the first edit that a read has missed', () => {
    const log = logWithEdit();
    log.edited(7, 3, THERE, 5_000);
    log.read(7, 1, THERE, 5_500, 'L1');
    expect([log.stalestMs, log.lateHere.length]).toEqual([4_500, 1]);
    log.read(7, 2, HERE, 5_500, 'L1');
    expect(log.lateHere).toHaveLength(1);
  });

  it('counts where reads came from', () => {
    const log = new ReadLog();
    for (const from of ['L1', 'L1', 'L2', 'DB'] as const) log.read(7, 1, HERE, 0, from);
    expect([log.from, log.reads, log.hitPercent]).toEqual([{ L1: 2, L2: 1, DB: 1 }, 4, 75]);
  });
});
