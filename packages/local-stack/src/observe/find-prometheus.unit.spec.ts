import { describe, expect, it } from '@jest/globals';
import type { Machine } from '../servers/server-source.js';
import { findPrometheus } from './find-prometheus.js';

function machine(given: { binary?: string; installs?: boolean }): Machine & { installed: string[] } {
  const installed: string[] = [];
  return {
    installed,
    platform: 'linux',
    findBinary: ([name]) => given.binary ?? (installed.length > 0 ? `/usr/bin/${name}` : undefined),
    // A container would not reach the processes of this machine.
    dockerAnswers: () => true,
    canInstall: () => given.installs ?? false,
    install: async (kind) => {
      installed.push(kind);
    },
  };
}

describe('findPrometheus', () => {
  it('takes a program that is there', async () => {
    const there = machine({ binary: '/opt/promtool', installs: true });
    expect(await findPrometheus('promtool', there)).toBe('/opt/promtool');
    expect(there.installed).toEqual([]);
  });

  it('installs the package where it may', async () => {
    const debian = machine({ installs: true });
    expect(await findPrometheus('prometheus', debian)).toBe('/usr/bin/prometheus');
    expect(debian.installed).toEqual(['prometheus']);
  });

  it('says how to get it elsewhere', async () => {
    await expect(findPrometheus('promtool', machine({}))).rejects.toThrow(/apt-get install .*prometheus/);
  });
});
