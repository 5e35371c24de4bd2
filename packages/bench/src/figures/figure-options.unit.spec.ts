import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../read-flags.js';
import { USUAL_NAMES } from './figure-definitions.js';
import { figureOptions } from './figure-options.js';

const SEED = 7;

describe('the command line of the figures', () => {
  it('measures everything usual by default, short enough to be run often', () => {
    expect(figureOptions([], SEED)).toEqual({
      command: 'figures',
      names: [...USUAL_NAMES],
      seconds: 2,
      rounds: 5,
      connections: 64,
      users: null,
      total: 10_000,
      rows: 100_000,
      minutes: 5,
      seed: SEED,
      jsonFile: null,
      compare: false,
    });
  });

  it('takes names and flags in any order, and each name once', () => {
    const args = 'v1 --seconds 1 drain --rounds 2 v1 --json out.json --compare --users 5 --seed 0';
    expect(figureOptions(args.split(' '), SEED)).toMatchObject({
      names: ['v1', 'drain'],
      seconds: 1,
      rounds: 2,
      users: 5,
      seed: 0,
      jsonFile: 'out.json',
      compare: true,
    });
  });

  it('takes the three of growth by one name', () => {
    const { names, rows } = figureOptions(['growth', 'v1', 'growth-rows', '--rows', '10'], SEED);
    expect(names).toEqual(['growth-rows', 'growth-coupons', 'growth-users', 'v1']);
    expect(rows).toBe(10);
  });

  it('takes parts of a minute', () => {
    expect(figureOptions(['soak', '--minutes', '0.25'], SEED)).toMatchObject({
      names: ['soak'],
      minutes: 0.25,
    });
    for (const minutes of ['0', '-1', '1e3', 'long']) {
      expect(() => figureOptions(['soak', `--minutes=${minutes}`], SEED)).toThrow(UsageError);
    }
  });

  it('names every figure that there is when it is asked for another', () => {
    expect(() => figureOptions(['v2-refuse', 'v3'], SEED)).toThrow(
      /no figure "v3"; there are growth-rows, .*memory/,
    );
  });

  it.each([
    ['an unknown flag', ['--repeats', '3']],
    ['no time at all', ['--seconds', '0']],
    ['no round at all', ['--rounds', '0']],
    ['a flag without its value', ['--json']],
  ])('refuses %s', (_, args) => {
    expect(() => figureOptions(args, SEED)).toThrow(UsageError);
  });
});
