import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import { NestLogger } from './nest-logger.js';

it('Nest’s lines keep level, context and the stack of what failed', () => {
  const lines: unknown[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) });
  Logger.overrideLogger(new NestLogger(log));
  const nest = new Logger('Draining');
  nest.error('it failed', 'Error: it failed\n    at here');
  nest.error('it failed without');
  nest.warn('away');
  expect(lines).toEqual([
    { level: 50, context: 'Draining', stack: 'Error: it failed\n    at here', msg: 'it failed' },
    { level: 50, context: 'Draining', msg: 'it failed without' },
    { level: 40, context: 'Draining', msg: 'away' },
  ]);
});
