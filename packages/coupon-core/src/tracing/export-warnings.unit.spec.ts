import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { exportWarnings } from './export-warnings.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('says once a minute why spans are lost, as a warning', () => {
  const lines: { level: number; reason: string }[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const sdk = exportWarnings(log);
  sdk.info('of no interest');
  for (let i = 0; i < 100; i++) sdk.error(`refused ${i} ${'x'.repeat(1_000)}`);
  jest.advanceTimersByTime(59_999);
  sdk.warn('dropped');
  expect(lines.map(({ level, reason }) => [level, reason.length])).toEqual([[40, 300]]);
  jest.advanceTimersByTime(1);
  sdk.warn('dropped');
  expect(lines.slice(1)).toMatchObject([{ reason: 'dropped' }]);
});
