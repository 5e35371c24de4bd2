import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Logger } from 'pino';
import { processLog } from './process-log.js';

interface Line {
  level: number;
  msg: string;
  kind?: string;
  times?: number;
}

describe('the log of a process under a flood', () => {
  const lines: Line[] = [];
  let log: Logger;
  const said = (level: number) => lines.filter((line) => line.level === level);

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    log = processLog(
      { service: 'a-service', level: 'debug', secrets: [] },
      { write: (line) => void lines.push(JSON.parse(line)) },
    );
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has the first twenty of what differs by numbers only, then how many more there were, then the next', () => {
    for (let i = 0; i < 1_000; i++) log.error({ context: 'Letters' }, `dead letter ${i} has failed 6 times`);
    expect(said(50)).toHaveLength(20);
    jest.advanceTimersByTime(60_000);
    expect(said(50).slice(20)).toMatchObject([
      {
        kind: '50 Letters dead letter # has failed # times',
        times: 980,
        msg: 'More of the same within a minute.',
      },
    ]);
    log.error({ context: 'Letters' }, 'dead letter 7 has failed 6 times');
    expect(said(50)).toHaveLength(22);
    jest.advanceTimersByTime(60_000);
    expect(said(50)).toHaveLength(22);
  });

  it('keeps apart what others say, at other levels and of other routes', () => {
    for (let i = 0; i < 100; i++) log.warn({ context: 'Redis gate' }, 'not reachable');
    log.warn({ context: 'Redis cache' }, 'not reachable');
    log.error({ context: 'Redis gate' }, 'not reachable');
    log.warn({ route: '/a' }, 'not reachable');
    log.warn('not reachable');
    expect(lines).toHaveLength(24);
  });

  it('is bounded whatever the lines say', () => {
    const letters = (i: number) => String(i).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
    for (let i = 0; i < 10_000; i++) log.info(`user ${letters(i)}`);
    expect(lines).toHaveLength(200 + 20);
    jest.advanceTimersByTime(60_000);
    expect(lines.slice(220)).toMatchObject([{ kind: 'other', times: 9_780 }]);
  });

  it('leaves nothing out of what ends the process, or of what was asked for', () => {
    for (let i = 0; i < 50; i++) log.fatal('An error was not caught.');
    for (let i = 0; i < 50; i++) log.debug('route');
    expect(lines).toHaveLength(100);
  });
});
