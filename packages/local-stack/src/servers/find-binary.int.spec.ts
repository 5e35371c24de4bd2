import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withTemporaryFolder } from '../processes/temporary-folder.js';
import { findBinary } from './find-binary.js';

function program(folder: string, name: string, mode = 0o755): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, mode);
  return file;
}

describe('findBinary', () => {
  it('prefers PATH to the usual folders, and the earlier name within each', () =>
    withTemporaryFolder('binary', async (folder) => {
      const [onPath, usual] = [join(folder, 'a'), join(folder, 'b')];
      const mysqldUsual = program(usual, 'mysqld');
      expect(findBinary(['mysqld', 'mariadbd'], onPath, [usual])).toBe(mysqldUsual);
      const mariadbdOnPath = program(onPath, 'mariadbd');
      expect(findBinary(['mysqld', 'mariadbd'], onPath, [usual])).toBe(mariadbdOnPath);
      const mysqldOnPath = program(onPath, 'mysqld');
      expect(findBinary(['mysqld', 'mariadbd'], onPath, [usual])).toBe(mysqldOnPath);
    }));

  it('takes only what can be executed', () =>
    withTemporaryFolder('binary', async (folder) => {
      program(folder, 'redis-server', 0o644);
      // The superuser may execute a file as soon as anybody may, so this one is for nobody.
      expect(findBinary(['redis-server'], folder, [])).toBeUndefined();
      expect(findBinary(['redis-server'], join(folder, 'nowhere'), [])).toBeUndefined();
    }));
});
