import { describe, expect, it } from '@jest/globals';
import { countLine } from './count-line.js';

const results = (numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number) => ({
  numPassedTests,
  numFailedTests,
  numRuntimeErrorTestSuites,
});

describe('countLine', () => {
  it('counts tests, and a file that could not be run as one that failed', () => {
    expect(countLine(results(3, 0, 0), 0)).toEqual({ line: '3 passed, 0 failed', status: 0 });
    expect(countLine(results(3, 1, 2), 1)).toEqual({ line: '3 passed, 3 failed', status: 1 });
  });

  it('takes a run without a single test for a failed one', () => {
    expect(countLine(results(0, 0, 0), 0)).toEqual({ line: '0 passed, 1 failed', status: 1 });
    expect(countLine(undefined, 1)).toEqual({ line: '0 passed, 1 failed', status: 1 });
  });

  it('never says that nothing failed when the run as a whole did', () => {
    expect(countLine(results(5, 0, 0), 130)).toEqual({ line: '5 passed, 1 failed', status: 130 });
  });

  it('is a failure when a test failed, whatever the status says', () => {
    expect(countLine(results(5, 1, 0), 0).status).toBe(1);
  });
});
