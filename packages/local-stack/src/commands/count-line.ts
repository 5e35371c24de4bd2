import type { JestResults } from './count-reporter.js';

/**
 * The line that ends a test run, and its exit status. A file that could not be run is one failed test. A run
 * that failed as a whole, or ran nothing, has at least one failed test, so that the line and the status agree.
 * @param results `undefined` when Jest ended before it had any
 * @param status the exit status of the run so far
 */
export function countLine(
  results: JestResults | undefined,
  status: number,
): { line: string; status: number } {
  const passed = results?.numPassedTests ?? 0;
  const counted = (results?.numFailedTests ?? 0) + (results?.numRuntimeErrorTestSuites ?? 0);
  const isWrong = status !== 0 || passed + counted === 0;
  const failed = counted === 0 && isWrong ? 1 : counted;
  return { line: `${passed} passed, ${failed} failed`, status: failed > 0 && status === 0 ? 1 : status };
}
