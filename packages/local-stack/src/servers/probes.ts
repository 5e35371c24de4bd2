import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import { errorCode } from '../error-code.js';
import { FinalAnswerError } from '../processes/wait-until-ready.js';

const CONNECT_WAIT_MS_MAX = 5_000;

/** Resolves when the server answers a query, also when it does not have the database of the address yet. */
export async function probeMysql(url: string): Promise<void> {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: CONNECT_WAIT_MS_MAX });
    connection.on('error', () => {});
    try {
      await connection.query('SELECT 1');
    } finally {
      connection.destroy();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ER_BAD_DB_ERROR') return;
    if (code === 'ER_ACCESS_DENIED_ERROR') throw new FinalAnswerError(String(error));
    throw error;
  }
}

/** Resolves when the server answers PING, which it does not while it reads its data. */
export async function probeRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_WAIT_MS_MAX,
    commandTimeout: CONNECT_WAIT_MS_MAX,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  // The rejected call says what is wrong; without a listener the library would print it as well.
  let problem: Error | undefined;
  client.on('error', (error: Error) => {
    problem = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    if (/WRONGPASS|NOAUTH/.test(String(error))) throw new FinalAnswerError(String(error));
    throw problem ?? error;
  } finally {
    client.disconnect();
  }
}
