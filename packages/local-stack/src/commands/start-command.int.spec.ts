import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { readJson } from '../json-file.js';
import { kafkaBrokers } from '../kafka/kafka-on-demand.js';
import { isAlive } from '../processes/process-record.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { firstApiUrl, type StackState } from '../stack/stack-state.js';
import { Launcher } from '../testing/launcher.js';
import { twoFreePorts } from '../testing/two-free-ports.js';
import { watchdogOf } from '../testing/watchdog-of.js';

const APPS_TWICE = ['coupon-consumer', 'coupon-consumer-2', 'coupon-api', 'coupon-api-2'];
const NAMES = ['mysql', 'redis-gate', 'redis-cache', 'coupon-consumer', 'coupon-api'];
/** Those of the test run, for stories that are not about servers: the applications are stubs and use none. */
const { MYSQL_URL = '', REDIS_URL = '', CACHE_REDIS_URL = '' } = process.env;
const GIVEN_SERVERS = { MYSQL_URL, REDIS_URL, CACHE_REDIS_URL };

// Each test starts three servers, some three times, perhaps on a machine ten times slower.
jest.setTimeout(900_000);

describe('start', () => {
  let folder: TemporaryFolder;
  let ports: Record<string, string>;
  const launchers: Launcher[] = [];

  beforeEach(async () => {
    folder = temporaryFolder('start-spec');
    ports = { COUPON_API_PORT: await twoFreePorts(), COUPON_CONSUMER_PORT: await twoFreePorts() };
  });

  afterEach(async () => {
    for (const launcher of launchers.splice(0)) {
      launcher.signal('SIGTERM');
      await launcher.exited;
    }
    folder.remove();
  });

  const launch = (args: string[], env: Record<string, string> = {}) => {
    const launcher = new Launcher(folder.path, args, { ...ports, ...env });
    launchers.push(launcher);
    return launcher;
  };
  const state = () => readJson<StackState>(join(folder.path, 'stack.json'));
  const pidOf = (name: string) => String(state()!.processes.find((record) => record.name === name)!.pid);
  const urlOf = (name: string) => state()!.running!.apps.find((app) => app.name === name)!.url;
  const environmentOf = async (name: string): Promise<NodeJS.ProcessEnv> =>
    (await (await fetch(`${urlOf(name)}/environment`)).json()) as NodeJS.ProcessEnv;
  const whenAllAreGone = async (records: StackState['processes']) => {
    while (records.some(isAlive)) await sleep(50);
  };

  it('starts everything in order, and stops it in the opposite order with status 0', async () => {
    const launcher = launch(['start']);
    await launcher.says('coupon-api      | ');
    const { processes, running } = state()!;
    expect(processes.map(({ name }) => name)).toEqual(NAMES);
    expect(firstApiUrl(running!)).toBe(`http://127.0.0.1:${ports.COUPON_API_PORT}`);
    launcher.signal('SIGINT');
    expect(await launcher.exited).toBe(0);
    const stopped = [...launcher.output.matchAll(/^Stopping (.*)$/gm)].map(([, name]) => name);
    expect(stopped).toEqual(NAMES.toReversed());
    expect(launcher.output).toContain('drained');
    expect(processes.filter(isAlive)).toEqual([]);
    expect(state()).toBeUndefined();
  });

  it('keeps data, ports and secrets for the next start, and --reset empties them', async () => {
    const first = launch(['start']);
    await first.says('Running.');
    const { mysqlUrl } = state()!.running!;
    await execute(mysqlUrl, 'CREATE TABLE kept (id INT PRIMARY KEY)');
    const secrets = readJson(join(folder.path, 'secrets.json'));
    first.signal('SIGTERM');
    await first.exited;

    const second = launch(['start']);
    await second.says('Running.');
    expect(state()!.running!.mysqlUrl).toBe(mysqlUrl);
    await execute(mysqlUrl, 'SELECT * FROM kept');
    expect(readJson(join(folder.path, 'secrets.json'))).toEqual(secrets);
    second.signal('SIGTERM');
    await second.exited;

    const third = launch(['start', '--reset']);
    await third.says('Running.');
    await expect(execute(state()!.running!.mysqlUrl, 'SELECT * FROM kept')).rejects.toThrow(/exist/);
    expect(readJson(join(folder.path, 'secrets.json'))).not.toEqual(secrets);
  });

  it('makes the topics of the cluster that it is told of, whatever queue there is', async () => {
    const brokers = (await kafkaBrokers()).join(',');
    const launcher = launch(['start'], { ...GIVEN_SERVERS, KAFKA_BROKERS: brokers });
    await launcher.says('Running.');
    expect(launcher.output).toContain(`KAFKA_BROKERS: ${brokers} (given; used as it is)`);
    expect(readFileSync(join(folder.path, 'logs/topics.log'), 'utf8')).toContain(brokers);
    expect(await environmentOf('coupon-api')).toMatchObject({ KAFKA_BROKERS: brokers });
  });

  it('refuses a second start and a reset while one runs, with its pid and address', async () => {
    const first = launch(['start'], GIVEN_SERVERS);
    await first.says('Running.');
    const second = launch(['start', '--reset'], GIVEN_SERVERS);
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(`pid ${first.pid}`);
    expect(second.output).toContain(`http://127.0.0.1:${ports.COUPON_API_PORT}`);
    expect(state()!.processes.filter(isAlive)).toHaveLength(2);
  });

  it('stops what a killed launcher left behind, by its watchdog', async () => {
    const launcher = launch(['start']);
    await launcher.says('Running.');
    const { processes } = state()!;
    launcher.signal('SIGKILL');
    await whenAllAreGone(processes);
  });

  it('stops what a killed launcher left behind at the next start, where the watchdog was killed too', async () => {
    const first = launch(['start']);
    await first.says('Running.');
    const { processes } = state()!;
    process.kill(watchdogOf(first.pid), 'SIGKILL');
    first.signal('SIGKILL');
    await first.exited;
    expect(processes.filter(isAlive)).toHaveLength(NAMES.length);

    const second = launch(['start']);
    await second.says('Running.');
    expect(processes.filter(isAlive)).toEqual([]);
    expect(second.output).toContain(`Stopping coupon-api (pid ${processes.at(-1)!.pid}), left behind`);
  });

  it('names the port in use and its setting, and starts nothing', async () => {
    const holder = createServer().listen(Number(ports.COUPON_API_PORT), '127.0.0.1');
    try {
      const launcher = launch(['start']);
      expect(await launcher.exited).toBe(1);
      expect(launcher.output).toContain(`Port ${ports.COUPON_API_PORT}, for coupon-api, is in use`);
      expect(launcher.output).toContain('COUPON_API_PORT=');
      expect(launcher.output).not.toContain('MySQL');
    } finally {
      holder.close();
    }
  });

  it('fails at once, with the last lines of the log, when an application ends while it starts', async () => {
    const launcher = launch(['start'], { ...GIVEN_SERVERS, STUB_FAILS: 'COUPON_API_PORT' });
    expect(await launcher.exited).toBe(1);
    expect(launcher.output).toContain('coupon-api ended with exit code 3');
    expect(launcher.output).toContain('the stub was told to fail');
    expect(launcher.output).toContain('Stopping coupon-consumer');
  });

  it('stops everything with status 1 when a process crashes, and says which', async () => {
    const launcher = launch(['start']);
    await launcher.says('Running.');
    const { processes } = state()!;
    await fetch(`${urlOf('coupon-consumer')}/crash`).catch(() => {});
    expect(await launcher.exited).toBe(1);
    expect(launcher.output).toContain('coupon-consumer ended with exit code 4');
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('starts several processes of each application, each with its own port, name and log prefix', async () => {
    const processesOfEach = ['--api-processes', '2', '--consumer-processes', '2'];
    const launcher = launch(['start', ...processesOfEach], { ...GIVEN_SERVERS, CONSUMER_NAME: 'drain' });
    await Promise.all(APPS_TWICE.map((name) => launcher.says(`${name.padEnd(17)} | `)));
    const { processes, running } = state()!;
    expect(processes.map(({ name }) => name)).toEqual(APPS_TWICE);
    const second = (port: string) => `http://127.0.0.1:${Number(port) + 10}`;
    expect(urlOf('coupon-api-2')).toBe(second(ports.COUPON_API_PORT!));
    expect(urlOf('coupon-consumer-2')).toBe(second(ports.COUPON_CONSUMER_PORT!));
    for (const { name, url, pid } of running!.apps) {
      expect(launcher.output).toContain(`  ${name.padEnd(17)} ${url}/health/ready   ${url}/metrics`);
      expect(processes.find((record) => record.name === name)!.pid).toBe(pid);
    }
    const consumers = [await environmentOf('coupon-consumer'), await environmentOf('coupon-consumer-2')];
    expect(consumers.map(({ CONSUMER_NAME }) => CONSUMER_NAME)).toEqual(['drain', 'drain-2']);

    await fetch(`${urlOf('coupon-api-2')}/crash`).catch(() => {});
    expect(await launcher.exited).toBe(1);
    expect(launcher.output).toContain('coupon-api-2 ended with exit code 4');
    const stopped = [...launcher.output.matchAll(/^Stopping (.*)$/gm)].map(([, name]) => name);
    expect(stopped).toEqual(APPS_TWICE.slice(0, 3).toReversed());
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('ends everything at once on a second signal', async () => {
    const launcher = launch(['start'], { ...GIVEN_SERVERS, STUB_NEVER_STOPS: 'COUPON_API_PORT' });
    await launcher.says('Running.');
    const { processes } = state()!;
    launcher.signal('SIGINT');
    await launcher.says('Stopping coupon-api');
    while (launcher.isRunning) {
      launcher.signal('SIGINT');
      await sleep(200);
    }
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('stops in order while it is still starting', async () => {
    const launcher = launch(['start']);
    await launcher.says('MySQL:');
    launcher.signal('SIGTERM');
    expect(await launcher.exited).toBe(0);
    expect(launcher.output).toContain('Stopping mysql');
    expect(launcher.output).not.toContain('Running.');
  });

  it('runs the demo against a running stack, and leaves that running', async () => {
    const started = launch(['start']);
    await started.says('Running.');
    const otherMode = { AUTH_MODE: 'jwt', JWT_SECRET: 'of another system, and long enough' };
    const demo = launch(['demo', '--users', '10'], { STUB_STATUS: '7', ...otherMode });
    expect(await demo.exited).toBe(7);
    const called = JSON.parse(demo.output.trim());
    const { mysqlUrl, redisUrl, cacheUrl } = state()!.running!;
    expect(called).toEqual({
      args: ['rush', '--users', '10'],
      MYSQL_URL: mysqlUrl,
      REDIS_URL: redisUrl,
      CACHE_REDIS_URL: cacheUrl,
      MYSQL_PID: pidOf('mysql'),
      GATE_REDIS_PID: pidOf('redis-gate'),
      COUPON_API_URLS: urlOf('coupon-api'),
      AUTH_MODE: 'dev',
    });
    const other = launch(['demo', '--queue', 'kafka']);
    expect(await other.exited).toBe(1);
    expect(other.output).toContain('The stack that runs has QUEUE_DRIVER=redis-stream');
    expect(state()!.processes.filter(isAlive)).toHaveLength(NAMES.length);
  });

  it('tells a demo in another terminal how the running stack knows its callers', async () => {
    const started = launch(['start'], { ...GIVEN_SERVERS, AUTH_MODE: 'jwt' });
    await started.says('Running.');
    const { JWT_SECRET } = readJson<{ JWT_SECRET: string }>(join(folder.path, 'secrets.json'))!;
    const auth = { AUTH_MODE: 'jwt', JWT_SECRET, JWT_ISSUER: 'fcfs-local', JWT_AUDIENCE: 'fcfs-local' };
    expect(await environmentOf('coupon-api')).toMatchObject(auth);
    const demo = launch(['demo', '--api-processes', '2']);
    expect(await demo.exited).toBe(0);
    expect(demo.output).toContain('The stack that runs is used, with as many processes as it has.');
    const called = JSON.parse(demo.output.trim().split('\n').at(-1)!);
    expect(called).toMatchObject({ args: ['rush'], ...auth });
    for (const file of ['stack.json', 'secrets.json']) {
      expect(statSync(join(folder.path, file)).mode & 0o777).toBe(0o600);
    }
  });

  it('says what it leaves to an operator where only the issuer can sign, and refuses the demo', async () => {
    const issuer = { JWKS_URL: 'https://issuer.test/jwks', JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'coupons' };
    const started = launch(['start'], { ...GIVEN_SERVERS, AUTH_MODE: 'jwt', JWT_SECRET: '', ...issuer });
    await started.says('Running.');
    await started.says('Ctrl-C stops it.');
    expect(started.output).toMatch(/^ {2}No demo coupon was made, .*JWKS_URL.*$/m);
    const env = await environmentOf('coupon-api');
    expect(env).toMatchObject({ AUTH_MODE: 'jwt', ...issuer });
    expect(env).not.toHaveProperty('JWT_SECRET');
    const demo = launch(['demo']);
    expect(await demo.exited).toBe(1);
    expect(demo.output).toContain('set JWT_SECRET instead, or AUTH_MODE=dev');
  });

  it('runs the demo with a stack of its own, on free ports where the usual ones are taken', async () => {
    const holder = createServer().listen(Number(ports.COUPON_API_PORT), '127.0.0.1');
    try {
      const demo = launch(['demo']);
      expect(await demo.exited).toBe(0);
      expect(demo.output).toContain('"args":["rush"]');
      expect(demo.output).not.toContain(`http://127.0.0.1:${ports.COUPON_API_PORT}`);
      expect(demo.output).toContain('Stopping mysql');
      expect(state()).toBeUndefined();
    } finally {
      holder.close();
    }
  });
});

async function execute(url: string, sql: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
