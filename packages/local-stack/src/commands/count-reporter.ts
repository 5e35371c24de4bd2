import { writeFileSync } from 'node:fs';

/** Names the file that the counts go to. */
export const COUNT_FILE_SETTING = 'LOCAL_STACK_COUNT_FILE';

/** The part of Jest's results that is counted. */
export interface JestResults {
  numPassedTests: number;
  numFailedTests: number;
  /** Test files that could not be run. */
  numRuntimeErrorTestSuites: number;
}

/** A reporter for Jest that leaves its results in a file, for the process that started it. */
export default class CountReporter {
  onRunComplete(_contexts: unknown, results: JestResults): void {
    const file = process.env[COUNT_FILE_SETTING];
    if (!file) throw new Error(`${COUNT_FILE_SETTING} is not set`);
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = results;
    const counted: JestResults = { numPassedTests, numFailedTests, numRuntimeErrorTestSuites };
    writeFileSync(file, JSON.stringify(counted));
  }
}
