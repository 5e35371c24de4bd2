import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { readJson } from '../json-file.js';
import {
  type Dashboard,
  emptyPanels,
  type Panel,
  queryRange,
  readDashboards,
} from '../observe/dashboards.js';
import { queriesOfRules, rulesText, selectorsOf } from '../observe/selectors.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { callerHeaders } from '../stack/caller-headers.js';
import type { RunningStack, StackState } from '../stack/stack-state.js';
import { Launcher } from '../testing/launcher.js';
import { twoFreePorts } from '../testing/two-free-ports.js';

// Five programs are started one after the other, perhaps on a machine ten times slower.
jest.setTimeout(600_000);

const DATABASE = 'local_stack_e2e';
const REDIS_NAMESPACE = `start-${process.pid}`;
/** Prometheus looks once a second, and rules are computed after that. */
const SCRAPES_MS_MAX = 120_000;
/** What a run without Kafka and without faults does not have. */
const ONLY_SOMETIMES = /^coupon_topic_lag_messages|status=~"5\.\."/;
/** Alerts that a small or a busy machine fires, whatever runs on it. */
const OF_THE_MACHINE = /^(High|DiskFull|Slow|VerySlow|EventLoop)/;

describe('start --observe --api-processes 2 --consumer-processes 2, under AUTH_MODE=jwt', () => {
  let folder: TemporaryFolder;
  let launcher: Launcher;
  let running: RunningStack;
  /** Of the demo coupon. */
  let couponId: string;

  beforeAll(async () => {
    folder = temporaryFolder('start-e2e');
    await onServer(`DROP DATABASE IF EXISTS ${DATABASE}`);
    const mysqlUrl = serverUrl();
    mysqlUrl.pathname = `/${DATABASE}`;
    launcher = new Launcher(
      folder.path,
      ['start', '--observe', '--api-processes', '2', '--consumer-processes', '2'],
      {
        AUTH_MODE: 'jwt',
        MYSQL_URL: mysqlUrl.href,
        REDIS_URL: process.env.REDIS_URL!,
        REDIS_NAMESPACE,
        PROMETHEUS_SCRAPE_SECONDS: '1',
        COUPON_API_PORT: await twoFreePorts(),
        COUPON_CONSUMER_PORT: await twoFreePorts(),
      },
      'real',
    );
    await launcher.says('Ctrl-C stops it.');
    running = readJson<StackState>(join(folder.path, 'stack.json'))!.running!;
    couponId = /demo coupon\s+\S+\/coupons\/(\d+)/.exec(launcher.output)![1]!;
  });

  afterAll(async () => {
    launcher.signal('SIGTERM');
    const status = await launcher.exited;
    folder.remove();
    await onServer(`DROP DATABASE IF EXISTS ${DATABASE}`);
    expect(status).toBe(0);
  });

  const rangeSince = (start: number) => ({ start, end: Date.now() / 1_000, stepSeconds: 1 });
  const shownBy = (expr: string) => queryRange(running.prometheusUrl!, expr, rangeSince(Date.now() / 1_000));
  const urlOf = (name: string) => running.apps.find((app) => app.name === name)!.url;
  const call = async (url: string, method: string, headers: Record<string, string>) => {
    const answer = await fetch(url, { method, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const whenIssued = async (url: string, headers: Record<string, string>) => {
    for (;;) {
      const { body } = await call(`${url}/v2/coupons/${couponId}/issues/me`, 'GET', headers);
      if (body.status === 'ISSUED') return body;
      await sleep(50);
    }
  };

  it('issues a coupon through each API, and the consumers are two', async () => {
    const [, printed] = /-H "Authorization: (Bearer \S+)"/.exec(launcher.output)!;
    expect(launcher.output).toContain('The token is that of user 42 and good for 24 hours.');
    const user42 = { Authorization: printed! };
    const v1 = await call(`${urlOf('coupon-api')}/v1/coupons/${couponId}/issues`, 'POST', user42);
    expect([v1.status, v1.body.userId, v1.body.issueNumber]).toEqual([201, '42', 1]);

    const user43 = callerHeaders(running.auth, { userId: '43', roles: [] }, 600);
    const second = urlOf('coupon-api-2');
    const v2 = await call(`${second}/v2/coupons/${couponId}/issues`, 'POST', user43);
    expect([v2.status, v2.body.userId]).toEqual([202, '43']);
    expect((await whenIssued(second, user43)).issueNumber).toBe(2);

    for (const consumer of ['coupon-consumer', 'coupon-consumer-2']) {
      expect((await fetch(`${urlOf(consumer)}/health/ready`)).status).toBe(200);
    }
  });

  it('believes nobody without a token', async () => {
    const header = { 'X-User-Id': '44', 'X-Roles': 'admin' };
    for (const api of ['coupon-api', 'coupon-api-2']) {
      const refused = await call(`${urlOf(api)}/v1/coupons/${couponId}/issues`, 'POST', header);
      expect(refused.body.code).toBe('UNAUTHENTICATED');
    }
  });

  it('every panel of every dashboard shows the rush that Prometheus has seen', async () => {
    const start = Date.now() / 1_000;
    // What happened before its first look at a process, Prometheus cannot tell from what was always so.
    await eventually(
      () => shownBy('count_over_time(up{job=~"coupon-.*"}[1m]) >= 2'),
      (processes) => processes.length === 4,
    );
    for (let reads = 0; reads < 20; reads += 1) {
      await (await fetch(`${urlOf('coupon-api')}/v1/coupons/${couponId}`)).text();
    }
    const rush = '--users 2000 --repeats 300 --total 200 --warmup 100 --seed 1'.split(' ');
    const demo = new Launcher(folder.path, ['demo', ...rush], { REDIS_NAMESPACE }, 'real');
    await demo.exited;
    expect(demo.output).toMatch(/^EXACT/m);

    const emptyNow = (dashboards: Dashboard[]) =>
      emptyPanels(dashboards, running.prometheusUrl!, rangeSince(start), '15s');
    const dashboards = readDashboards();
    const empty = await eventually(
      () => emptyNow(dashboards),
      (names) => names.length === 0,
    );
    expect(empty).toEqual([]);

    const panel = (title: string, expr: string): Panel => ({
      ...dashboards[0]!.panels[1]!,
      title,
      targets: [{ expr, legendFormat: 'x' }],
    });
    const faulty = [panel('nothing', 'coupon_no_such_metric'), panel('no query', 'rate(')];
    expect(await emptyNow([{ ...dashboards[0]!, name: 'faulty', panels: faulty }])).toEqual([
      'faulty, nothing',
      expect.stringContaining('faulty, no query: rate(: '),
    ]);
  });

  it('the rules look at series that there are, and no alert has fired that says the system is ill', async () => {
    const looked = queriesOfRules(rulesText()).flatMap((query) => selectorsOf(query).map(({ text }) => text));
    const missing: string[] = [];
    for (const text of new Set(looked)) if ((await shownBy(text)).length === 0) missing.push(text);
    expect(missing.filter((text) => !ONLY_SOMETIMES.test(text))).toEqual([]);

    const fired = await shownBy('count_over_time(ALERTS{alertstate="firing"}[1h])');
    const names = fired.map(({ labels }) => labels.alertname!);
    expect(names.filter((name) => !OF_THE_MACHINE.test(name))).toEqual([]);
  });
});

/** Asks again until the answer is right, and gives the last one where it never is. */
async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const endAt = performance.now() + SCRAPES_MS_MAX;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || performance.now() > endAt) return answer;
    await sleep(500);
  }
}

function serverUrl(): URL {
  const given = process.env.MYSQL_URL;
  if (!given) throw new Error("MYSQL_URL is not set: run these tests through the package's test script.");
  return new URL(given);
}

async function onServer(sql: string): Promise<void> {
  const url = serverUrl();
  url.pathname = '';
  const connection = await createConnection(url.href);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
