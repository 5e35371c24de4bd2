import { describe, expect, it } from '@jest/globals';
import type { PackageKind } from './server-kind.js';
import { findServerSource, type Machine } from './server-source.js';

function machine(given: {
  binary?: string;
  docker?: boolean;
  installs?: boolean;
  platform?: NodeJS.Platform;
}): Machine & { installed: PackageKind[] } {
  const installed: PackageKind[] = [];
  return {
    installed,
    platform: given.platform ?? 'linux',
    findBinary: () => given.binary ?? (installed.length > 0 ? '/usr/sbin/installed' : undefined),
    dockerAnswers: () => given.docker ?? false,
    canInstall: () => given.installs ?? false,
    install: async (kind) => {
      installed.push(kind);
    },
  };
}

describe('findServerSource', () => {
  it('takes a binary before Docker, and Docker before an installation', async () => {
    const all = machine({ binary: '/opt/mysqld', docker: true, installs: true });
    expect(await findServerSource('mysql', all)).toEqual({ from: 'binary', path: '/opt/mysqld' });
    const withoutBinary = machine({ docker: true, installs: true });
    expect(await findServerSource('mysql', withoutBinary)).toEqual({ from: 'docker' });
    expect([...all.installed, ...withoutBinary.installed]).toEqual([]);
  });

  it('installs the package where it may, and uses what that brought', async () => {
    const debian = machine({ installs: true });
    expect(await findServerSource('redis', debian)).toEqual({ from: 'binary', path: '/usr/sbin/installed' });
    expect(debian.installed).toEqual(['redis']);
  });

  it.each([
    ['darwin', 'mysql', 'brew install mysql'],
    ['darwin', 'redis', 'brew install redis'],
    ['win32', 'mysql', 'Docker Desktop'],
    ['win32', 'redis', 'WSL'],
    ['linux', 'mysql', 'dnf install mariadb-server'],
    ['linux', 'redis', 'apt-get install -y redis-server'],
  ] as const)('says what to do on %s without a %s server: %s', async (platform, kind, hint) => {
    await expect(findServerSource(kind, machine({ platform }))).rejects.toThrow(hint);
    await expect(findServerSource(kind, machine({ platform }))).rejects.toThrow(/MYSQL_URL=|REDIS_URL=/);
  });
});
