import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ProcessGroup } from '../processes/process-group.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { repositoryRoot } from '../repository-root.js';
import { thisMachine } from '../servers/this-machine.js';
import { findPrometheus } from './find-prometheus.js';
import { prometheusConfig } from './prometheus-config.js';

// The package may have to be installed first.
jest.setTimeout(600_000);

const run = promisify(execFile);
const FOLDER = join(repositoryRoot, 'prometheus');
const TESTS = readdirSync(join(FOLDER, 'tests')).map((name) => join(FOLDER, 'tests', name));
const alerts = [...readFileSync(join(FOLDER, 'rules/alerts.yml'), 'utf8').matchAll(/alert: (\w+)/g)].map(
  ([, name]) => name!,
);

describe('the rules of Prometheus', () => {
  let folder: TemporaryFolder;
  let promtool: string;

  beforeAll(async () => {
    folder = temporaryFolder('promtool');
    const machine = thisMachine(new ProcessGroup(), join(folder.path, 'install.log'));
    promtool = await findPrometheus('promtool', machine);
  });

  afterAll(() => folder.remove());

  it('do what their tests say', async () => {
    const { stdout } = await run(promtool, ['test', 'rules', ...TESTS]);
    expect(stdout.match(/SUCCESS/g)).toHaveLength(TESTS.length);
  });

  it('are found by the configuration of the containers, and by that of start --observe', async () => {
    const { stdout } = await run(promtool, ['check', 'config', join(FOLDER, 'prometheus.yml')]);
    expect(stdout).toContain('2 rule files found');
    const apps = [{ app: 'coupon-api', name: 'coupon-api', url: 'http://127.0.0.1:8080', pid: 1 }];
    const own = join(folder.path, 'prometheus.yml');
    writeFileSync(own, prometheusConfig(apps, '127.0.0.1:9100'));
    expect((await run(promtool, ['check', 'config', own])).stdout).toContain('2 rule files found');
  });

  it.each(alerts)('%s is seen to fire, and the runbook has a heading for it', (alert) => {
    expect(TESTS.some((file) => readFileSync(file, 'utf8').includes(`alertname="${alert}"`))).toBe(true);
    const rules = readFileSync(join(FOLDER, 'rules/alerts.yml'), 'utf8');
    expect(rules).toContain(`runbook_url: docs/runbook.md#${alert.toLowerCase()}\n`);
    const runbook = readFileSync(join(repositoryRoot, 'docs/runbook.md'), 'utf8');
    expect(runbook).toMatch(new RegExp(`^### ${alert}$`, 'm'));
  });
});
