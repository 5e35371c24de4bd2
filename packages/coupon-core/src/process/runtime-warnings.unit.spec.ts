import { EventEmitter } from 'node:events';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { logWarnings } from './runtime-warnings.js';

it('Node’s warnings are lines of the log, and nothing else', () => {
  const lines: unknown[] = [];
  const print = () => lines.push('printed');
  const runtime = new EventEmitter().on('warning', print);
  logWarnings(pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) }), runtime);
  runtime.emit('warning', Object.assign(new Error('too many listeners'), { name: 'MaxListeners' }));
  runtime.emit('warning', Object.assign(new Error('-1 is negative'), { name: 'TimeoutNegativeWarning' }));
  expect(lines).toEqual([expect.objectContaining({ level: 40, msg: 'too many listeners' })]);
});
