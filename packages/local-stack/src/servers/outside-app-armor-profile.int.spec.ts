import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withTemporaryFolder } from '../processes/temporary-folder.js';
import { outsideAppArmorProfile } from './outside-app-armor-profile.js';

describe('outsideAppArmorProfile', () => {
  it('uses a copy where a profile confines the program, and makes it once', () =>
    withTemporaryFolder('armor', async (folder) => {
      const server = join(folder, 'mysqld');
      writeFileSync(server, 'program', { mode: 0o755 });
      const copy = outsideAppArmorProfile(server, join(folder, 'copies'), true);
      expect(copy).not.toBe(server);
      expect(readFileSync(copy, 'utf8')).toBe('program');
      expect(outsideAppArmorProfile(server, join(folder, 'copies'), true)).toBe(copy);
    }));

  it('uses the program itself elsewhere', () => {
    expect(outsideAppArmorProfile('/opt/mysqld', '/nowhere', false)).toBe('/opt/mysqld');
  });
});
