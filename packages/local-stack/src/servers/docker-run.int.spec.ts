import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { containerName, dockerRun } from './docker-run.js';

describe('dockerRun', () => {
  let folder: TemporaryFolder;
  const path = process.env.PATH;

  beforeEach(() => {
    folder = temporaryFolder('docker-spec');
    // A client that only writes down how it was called: the engine itself is not what is tested.
    const client = join(folder.path, 'docker');
    writeFileSync(client, `#!/bin/sh\necho "$@" >> ${folder.path}/calls\n`);
    chmodSync(client, 0o755);
    process.env.PATH = `${folder.path}:${path}`;
  });

  afterEach(() => {
    process.env.PATH = path;
    folder.remove();
  });

  it('removes the container of an earlier run, and publishes the port on this machine only', () => {
    const dataDir = join(folder.path, 'data');
    mkdirSync(dataDir);
    const spec = dockerRun({
      name: 'mysql',
      image: 'mysql:8.4',
      port: 20_306,
      containerPort: 3306,
      dataDir,
      containerDataDir: '/var/lib/mysql',
      env: { MYSQL_DATABASE: 'fcfs' },
      args: ['--max-connections=300'],
      graceMs: 1_000,
      logFile: join(folder.path, 'log'),
    });
    const name = containerName('mysql', dataDir);
    expect(readFileSync(join(folder.path, 'calls'), 'utf8')).toBe(`rm --force ${name}\n`);
    const line = [spec.command, ...spec.args].join(' ');
    expect(line).toContain(`docker run --rm --name ${name} --publish 127.0.0.1:20306:3306`);
    expect(line).toContain(`--volume ${dataDir}:/var/lib/mysql`);
    expect(line).toMatch(/--env MYSQL_DATABASE=fcfs mysql:8\.4 --max-connections=300$/);
    expect(spec.container).toBe(name);
  });

  it('names containers by their data, so that two checkouts have their own', () => {
    expect(containerName('mysql', '/a')).not.toBe(containerName('mysql', '/b'));
    expect(containerName('mysql', '/a')).toBe(containerName('mysql', '/a'));
  });
});
