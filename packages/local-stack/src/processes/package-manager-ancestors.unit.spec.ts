import { describe, expect, it } from '@jest/globals';
import { packageManagerAncestors } from './package-manager-ancestors.js';

/** A line of processes, the oldest first; each is the parent of the next. The last one is ours. */
function ancestorsIn(...commands: string[]): string[] {
  const table = commands.map((command, index) => ({
    pid: index + 1,
    parentPid: index,
    words: command.split(' '),
  }));
  return packageManagerAncestors(table, table.length).map(({ words }) => words.join(' '));
}

const OURS = 'node packages/local-stack/dist/main.js start';

describe('packageManagerAncestors', () => {
  it('has all package managers and the shells between them, and not the shell above', () => {
    const chain = ['npm exec pnpm start', 'sh -c pnpm start', '/usr/bin/pnpm start', 'sh -c tsc -b'];
    expect(ancestorsIn('init', 'bash', ...chain, OURS)).toEqual(chain.toReversed());
  });

  it('knows one that is run by node', () => {
    const pnpm = '/opt/node/bin/node --no-warnings /opt/lib/pnpm.mjs start';
    expect(ancestorsIn('init', 'bash', pnpm, 'sh -c x', OURS)).toEqual(['sh -c x', pnpm]);
  });

  it('is empty for a command typed by hand, also inside a program that a package manager runs', () => {
    expect(ancestorsIn('init', 'bash', OURS)).toEqual([]);
    expect(ancestorsIn('init', 'npm exec editor', 'sh -c editor', 'node editor.js', 'bash', OURS)).toEqual(
      [],
    );
  });
});
