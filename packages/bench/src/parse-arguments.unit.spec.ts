import { describe, expect, it } from '@jest/globals';
import { parseArguments } from './parse-arguments.js';
import { UsageError } from './read-flags.js';

const SEED = 7;

describe('the command line', () => {
  it('rushes both doors by default, V2 first', () => {
    expect(parseArguments(['rush'], SEED)).toEqual({
      command: 'rush',
      users: 50_000,
      repeats: 2_500,
      total: 1_000,
      connections: 64,
      doors: ['v2', 'v1'],
      warmup: 5_000,
      seed: SEED,
      runs: 1,
      jsonFile: null,
      chaos: null,
      pictureFile: null,
    });
  });

  it('takes every flag of a rush', () => {
    const flags =
      '--users 10 --repeats 0 --total 3 --connections 2 --door v1 --warmup 0 --seed 0 --runs 5 --json out.json --picture out.svg';
    expect(parseArguments(['rush', ...flags.split(' ')], SEED)).toEqual({
      command: 'rush',
      users: 10,
      repeats: 0,
      total: 3,
      connections: 2,
      doors: ['v1'],
      warmup: 0,
      seed: 0,
      runs: 5,
      jsonFile: 'out.json',
      chaos: null,
      pictureFile: 'out.svg',
    });
  });

  it('measures memory with a million users by default', () => {
    expect(parseArguments(['memory'], SEED)).toEqual({
      command: 'memory',
      users: 1_000_000,
      connections: 64,
      seed: SEED,
      jsonFile: null,
    });
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['sprint']],
    ['an unknown flag', ['rush', '--winners', '3']],
    ['a flag of another command', ['memory', '--door', 'v1']],
    ['a stray word', ['rush', 'fast']],
    ['a flag without its value', ['rush', '--users']],
    ['a number that is none', ['rush', '--users', 'many']],
    ['a fraction', ['rush', '--users', '1.5']],
    ['a number below the least', ['rush', '--connections', '0']],
    ['a number above the greatest', ['rush', '--seed', '4294967296']],
    ['a door that does not exist', ['rush', '--door', 'v3']],
    ['chaos that nobody knows', ['rush', '--chaos', 'monkeys']],
  ])('refuses %s', (_, argv) => {
    expect(() => parseArguments(argv, SEED)).toThrow(UsageError);
  });
});
