import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { withTemporaryFolder } from '../processes/temporary-folder.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** Runs `test` in a folder with these test files; the servers are those of the present run, so it is quick. */
function runTests(files: Record<string, string>, ...args: string[]) {
  return withTemporaryFolder('test-spec', async (folder) => {
    writeFileSync(join(folder, 'package.json'), '{}');
    mkdirSync(join(folder, 'dist'));
    for (const [name, body] of Object.entries(files)) {
      writeFileSync(join(folder, 'dist', `${name}.spec.js`), body);
    }
    const child = spawn(process.execPath, [MAIN, 'test', ...args], { cwd: folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const [status] = await once(child, 'close');
    return { status, output, lastLine: output.trimEnd().split('\n').at(-1) };
  });
}

// A file outside the workspace finds no packages, so these tests use Jest's own injected functions.
const GLOBALS = '--injectGlobals';

describe('test', () => {
  it('ends with the counts and status 0 when all pass, and shows the servers to the tests', async () => {
    const body = `it('a', () => { if (!process.env.REDIS_URL || !process.env.CACHE_REDIS_URL) throw 1; });
      it('b', () => { if (!process.env.MYSQL_URL) throw 1; });`;
    const { status, output, lastLine } = await runTests({ good: body }, GLOBALS);
    expect(lastLine).toBe('2 passed, 0 failed');
    expect(status).toBe(0);
    expect(output).not.toContain('ExperimentalWarning');
  });

  it('counts a failed test, and a file that cannot be run as one', async () => {
    const files = { some: "it('a', () => {}); it('b', () => { throw 1; });", broken: 'this is no program' };
    const { status, lastLine } = await runTests(files, GLOBALS);
    expect(lastLine).toBe('1 passed, 2 failed');
    expect(status).toBe(1);
  });

  it('passes arguments on', async () => {
    const files = { one: "it('a', () => {});", two: "it('b', () => { throw 1; });" };
    const { lastLine } = await runTests(files, GLOBALS, 'one');
    expect(lastLine).toBe('1 passed, 0 failed');
  });

  it('fails when there is nothing to run', async () => {
    const { status, lastLine } = await runTests({});
    expect(lastLine).toBe('0 passed, 1 failed');
    expect(status).toBe(1);
  });
});
