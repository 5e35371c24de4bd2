import { describe, expect, it } from '@jest/globals';
import { takeStackFlags } from './stack-flags.js';

describe('takeStackFlags', () => {
  it('takes the flags out, wherever they stand, and leaves everything else as it was', () => {
    const args =
      '-- v1 --api-processes 2 --seconds 1 --consumer-processes=3 --queue redis-zset --json out.json'.split(
        ' ',
      );
    expect(takeStackFlags(args)).toEqual({
      flags: {
        processes: { 'coupon-api': 2, 'coupon-consumer': 3 },
        settings: { QUEUE_DRIVER: 'redis-zset' },
      },
      rest: ['v1', '--seconds', '1', '--json', 'out.json'],
    });
    expect(takeStackFlags(['--users', '10'])).toEqual({
      flags: { processes: {}, settings: {} },
      rest: ['--users', '10'],
    });
  });

  it.each(['0', '33', '-1', '1.5', 'two', ''])('refuses %j processes, with the name of the flag', (text) => {
    expect(() => takeStackFlags([`--api-processes=${text}`])).toThrow(
      `--api-processes is not a whole number between 1 and 32: ${text}`,
    );
  });

  it('refuses a flag without its number', () => {
    expect(() => takeStackFlags(['--consumer-processes'])).toThrow('between 1 and 32: nothing');
    expect(() => takeStackFlags(['--consumer-processes', '--users', '5'])).toThrow('--consumer-processes');
  });

  it.each(['rabbit', '', 'redis'])('knows no queue driver %j', (text) => {
    expect(() => takeStackFlags([`--queue=${text}`])).toThrow(
      `--queue is none of redis-stream, redis-zset, kafka: ${text}`,
    );
  });
});
