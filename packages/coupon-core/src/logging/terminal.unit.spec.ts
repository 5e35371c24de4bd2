import { stripVTControlCharacters } from 'node:util';
import { expect, it } from '@jest/globals';
import { processLog } from './process-log.js';
import { terminal } from './terminal.js';

const SETTINGS = { service: 'a-service', level: 'info', secrets: ['a secret of this test'] };
const writer = (isTTY: boolean) => {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
};

it('shows a line to people at a terminal, and nothing secret', async () => {
  const out = writer(true);
  const log = processLog(SETTINGS, await terminal(out, false));
  log.warn({ couponId: 7 }, 'with a secret of this test');
  expect(out.written.map(stripVTControlCharacters)).toEqual([
    expect.stringMatching(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: with \[removed\] \{"couponId":7\}\n$/),
  ]);
});

it('leaves files, pipes and production to JSON', async () => {
  expect([await terminal(writer(false), false), await terminal(writer(true), true)]).toEqual([
    undefined,
    undefined,
  ]);
});
