import { type LocalApp, migrate, startApp } from 'local-stack';
import { createConnection } from 'mysql2/promise';
import { ApiClient } from './api-client.js';

/** Databases and keys of one test file, on the servers that the test command provides. */
export interface TestPlace {
  mysqlUrl: string;
  env: Record<string, string>;
}

export interface TestApi {
  app: LocalApp;
  client: ApiClient;
}

function provided(name: 'MYSQL_URL' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests through the package's test script.`);
  return value;
}

/** An empty schema of its own. `name`: letters and digits, unique among the test files. */
export async function preparePlace(name: string): Promise<TestPlace> {
  const url = new URL(provided('MYSQL_URL'));
  url.pathname = `/api_e2e_${name}`;
  const mysqlUrl = url.href;
  await dropDatabase(mysqlUrl);
  await migrate(mysqlUrl);
  const namespace = `api-${name}-${process.pid}`.slice(-16).replace(/^-+/, '');
  return {
    mysqlUrl,
    env: { MYSQL_URL: mysqlUrl, REDIS_URL: provided('REDIS_URL'), REDIS_NAMESPACE: namespace },
  };
}

export async function dropDatabase(mysqlUrl: string): Promise<void> {
  const server = new URL(mysqlUrl);
  const name = server.pathname.slice(1);
  server.pathname = '';
  const connection = await createConnection(server.href);
  await connection.query(`DROP DATABASE IF EXISTS \`${name}\``);
  await connection.end();
}

export async function startApi(place: TestPlace, env: Record<string, string> = {}): Promise<TestApi> {
  const app = await startApp('coupon-api', { ...place.env, ...env });
  return { app, client: new ApiClient(app.url) };
}

export function startConsumer(place: TestPlace): Promise<LocalApp> {
  return startApp('coupon-consumer', place.env);
}
