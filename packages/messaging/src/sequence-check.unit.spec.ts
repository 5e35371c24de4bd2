import { describe, expect, it } from '@jest/globals';
import { checkSequence } from './sequence-check.js';

describe('the check of a sequence', () => {
  it.each([
    [0, 1, { is: 'NEXT' }],
    [4, 5, { is: 'NEXT' }],
    [4, 4, { is: 'REPEAT' }],
    [4, 2, { is: 'REPEAT' }],
    [4, 6, { is: 'GAP', from: 5, to: 5 }],
    [0, 3, { is: 'GAP', from: 1, to: 2 }],
  ])('reads %i, %i as %j', (last, sequence, verdict) => {
    expect(checkSequence(last, sequence)).toEqual(verdict);
  });
});
