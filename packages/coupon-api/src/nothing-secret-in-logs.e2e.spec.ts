import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, type LocalApp, startApp } from 'local-stack';
import { createConnection } from 'mysql2/promise';
import { ApiClient } from './testing/api-client.js';
import { VALID_COUPON } from './testing/operator.js';
import { dropDatabase, preparePlace, type TestPlace } from './testing/stack.js';
import { AUDIENCE, ISSUER, secretMaker } from './testing/token-maker.js';

const programOf = (packageName: string, program: string) =>
  fileURLToPath(new URL(`../../${packageName}/dist/${program}.js`, import.meta.url));

const RECEIPT_SECRET = 'receipts-are-signed-with-this-here';
const JWT_SECRET = 'Zx81-tokens-are-signed-with-this-here';
/** As they are written in an address, and as they are sent. */
const PASSWORDS = { written: 'p%40ss-word-of-a-server', sent: 'p@ss-word-of-a-server' };
/** One that a client may choose as the name of its request. */
const SHORT_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl';

let place: TestPlace;
/** Those that a test has not stopped would keep the run from ending. */
let started: LocalApp[] = [];

beforeAll(async () => {
  place = await preparePlace('secrets');
});

afterAll(async () => {
  await Promise.all(started.map((app) => app.stop()));
  await dropDatabase(place.mysqlUrl);
});

const withPassword = (url: string, user: string, password = PASSWORDS.written) =>
  url.replace(/^(\w+:\/\/)([^@]*@)?/, `$1${user}:${password}@`);

/** Every secret by its name, so that a finding says which one it is. */
function foundIn(text: string, secrets: Record<string, string>): string[] {
  const all = { ...PASSWORDS, RECEIPT_SECRET, JWT_SECRET, SHORT_TOKEN, ...secrets };
  return Object.entries(all).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []));
}

it('by processes at work, whatever they are shown and whoever refuses them', async () => {
  const collector = `http://127.0.0.1:${await freePort()}`;
  const headersToken = 'token-for-the-collector';
  const env = {
    ...place.env,
    LOG_LEVEL: 'trace',
    ...{ AUTH_MODE: 'jwt', JWT_SECRET, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, RECEIPT_SECRET },
    // Refused by its server, whose driver has the command with its arguments.
    CACHE_REDIS_URL: withPassword(place.env.REDIS_URL!, 'somebody'),
    OTEL_EXPORTER_OTLP_ENDPOINT: withPassword(collector, 'somebody'),
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${headersToken}`,
    OTEL_TRACES_SAMPLER_ARG: '1',
  };
  started = await Promise.all([startApp('coupon-api', env), startApp('coupon-consumer', env)]);
  const [api, consumer] = started as [LocalApp, LocalApp];
  const client = new ApiClient(api.url);
  const maker = secretMaker(JWT_SECRET);
  const operator = maker.token({ claims: { sub: 'operator', roles: ['admin'] } });
  const bearing = (token: string, more = {}) => ({ authorization: `Bearer ${token}`, ...more });
  const created = await client.call('POST', '/admin/v1/coupons', bearing(operator), VALID_COUPON);
  const id = created.body.id;
  await client.call('POST', `/admin/v1/coupons/${id}/open`, bearing(operator));
  const token = maker.token({ claims: { sub: 'ann' } });
  const claim = await client.call('POST', `/v2/coupons/${id}/issues`, bearing(token));
  const receipt = String(claim.body.receipt);
  const forged = secretMaker('another secret that signs tokens of others').token();
  const devHeader = 'a-name-that-nobody-believes';
  await client.call('GET', `/v2/coupons/${id}/issues/me`, bearing(token, { 'x-receipt': receipt }));
  await client.call('GET', `/v2/coupons/${id}/issues/me`, bearing(token, { 'x-receipt': `${receipt}x` }));
  await client.call('POST', `/v1/coupons/${id}/issues`, bearing(forged, { 'x-user-id': devHeader }));
  await client.call('POST', `/admin/v1/coupons/${token}/open`, bearing(operator));
  // What nobody has foreseen is logged with all that is known of it.
  const breaking = await createConnection(place.mysqlUrl);
  await breaking.query('RENAME TABLE audit_log TO audit_log_away');
  const broken = await client.call(
    'PATCH',
    `/admin/v1/coupons/${id}`,
    bearing(operator, { 'x-request-id': `${SHORT_TOKEN} ${RECEIPT_SECRET} ${PASSWORDS.sent}` }),
    { title: 'x' },
  );
  await breaking.query('RENAME TABLE audit_log_away TO audit_log');
  await breaking.end();
  await Promise.all([api.stop(), consumer.stop()]);

  expect([claim.status, broken.status]).toEqual([202, 500]);
  const said = api.logs() + consumer.logs();
  expect(said).toContain('failed unexpectedly');
  expect(foundIn(said, { headersToken, operator, token, receipt, forged, devHeader })).toEqual([]);
});

describe('by what does not start', () => {
  const PROGRAMS: [string, string][] = [
    ['coupon-api', programOf('coupon-api', 'main')],
    ['coupon-consumer', programOf('coupon-consumer', 'main')],
    ['migrate', programOf('coupon-core', 'migrate')],
  ];

  it.each(PROGRAMS)('%s', async (_name, program) => {
    const { MYSQL_URL, REDIS_URL } = place.env as { MYSQL_URL: string; REDIS_URL: string };
    const usable = { MYSQL_URL, REDIS_URL, RECEIPT_SECRET, LOG_LEVEL: 'trace' };
    const environments: Record<string, string>[] = [
      // The server's refusal names the account.
      { ...usable, MYSQL_URL: withPassword(MYSQL_URL, PASSWORDS.written) },
      { ...usable, MYSQL_URL: withPassword('mysql://127.0.0.1:1/fcfs', 'root', PASSWORDS.sent) },
      { ...usable, MYSQL_URL: withPassword('postgres://127.0.0.1/fcfs', 'root') },
      { ...usable, MYSQL_URL: `mysql//root:${PASSWORDS.sent}@`, REDIS_URL: PASSWORDS.sent },
      { MYSQL_URL, REDIS_URL: `redis://:${PASSWORDS.written}@`, RECEIPT_SECRET: `${RECEIPT_SECRET},short` },
    ];
    for (const env of environments) {
      const { code, said } = await run(program, env);
      if (program.includes('migrate') && env.MYSQL_URL === MYSQL_URL) continue;
      expect([code, said.length > 0, foundIn(said, {})]).toEqual([1, true, []]);
    }
  });
});

function run(program: string, env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}
