import { describe, expect, it } from '@jest/globals';
import { takeProcessFlags } from './process-flags.js';

describe('takeProcessFlags', () => {
  it('takes the counts out, wherever they stand, and leaves everything else as it was', () => {
    const args = '-- v1 --api-processes 2 --seconds 1 --consumer-processes=3 --json out.json'.split(' ');
    expect(takeProcessFlags(args)).toEqual({
      counts: { 'coupon-api': 2, 'coupon-consumer': 3 },
      rest: ['v1', '--seconds', '1', '--json', 'out.json'],
    });
    expect(takeProcessFlags(['--users', '10'])).toEqual({ counts: {}, rest: ['--users', '10'] });
  });

  it.each(['0', '33', '-1', '1.5', 'two', ''])('refuses %j processes, with the name of the flag', (text) => {
    expect(() => takeProcessFlags([`--api-processes=${text}`])).toThrow(
      `--api-processes is not a whole number between 1 and 32: ${text}`,
    );
  });

  it('refuses a flag without its number', () => {
    expect(() => takeProcessFlags(['--consumer-processes'])).toThrow('between 1 and 32: nothing');
    expect(() => takeProcessFlags(['--consumer-processes', '--users', '5'])).toThrow('--consumer-processes');
  });
});
