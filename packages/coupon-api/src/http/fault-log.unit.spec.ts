import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { FaultLog } from './fault-log.js';

describe('FaultLog', () => {
  const lines: { msg: string; times?: number; route?: string }[] = [];
  let faults: FaultLog;

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    faults = new FaultLog(pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) }));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const fail = (message: string, route = '/a') => faults.say(new Error(message), { route });

  it('says the first of a kind, then how many more there were, then the next one', () => {
    for (let i = 0; i < 1_000; i++) fail(`of user ${i}`);
    fail('elsewhere', '/b');
    expect(lines.map(({ route }) => route)).toEqual(['/a', '/b']);
    jest.advanceTimersByTime(60_000);
    expect(lines.slice(2).map(({ times }) => times)).toEqual([999]);
    fail('again');
    expect(lines).toHaveLength(4);
  });

  it('says a bounded number of lines, however many kinds there are', () => {
    for (let i = 0; i < 10_000; i++) fail('x', `/${i % 500}`);
    expect(lines).toHaveLength(51);
    jest.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(102);
  });
});
