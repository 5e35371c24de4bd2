import { join } from 'node:path';
import {
  type AppName,
  type LocalApp,
  type LocalServer,
  migrate,
  type ProcessExit,
  startApp,
  startMysql,
  startRedis,
  withTemporaryFolder,
} from 'local-stack';
import { GateObserver } from '../system/gate-observer.js';
import { ApiClient } from './api-client.js';

type Settings = Record<string, string>;

const NAMESPACE = 'fcfs';
/** pino's number for ERROR: someone must act. */
const ERROR_LEVEL = 50;

/** A MySQL, a Redis and as many processes of the system as a test starts, all of its own. */
export class PrivateSystem {
  readonly client: ApiClient;
  readonly gateObserver: GateObserver;
  private readonly started: LocalApp[] = [];
  private readonly consumers = new Set<LocalApp>();
  private current: LocalApp | undefined;

  private constructor(
    readonly mysql: LocalServer,
    readonly gate: LocalServer,
    private readonly removeFolder: () => Promise<void>,
  ) {
    this.client = new ApiClient(() => this.api.url);
    this.gateObserver = new GateObserver(gate.url, NAMESPACE);
  }

  /** Starts the servers, with the current schema and without a process of the system. */
  static async start(): Promise<PrivateSystem> {
    const { path, remove } = await folderOfItsOwn();
    const mysql = await startMysql({ dataDir: join(path, 'mysql') });
    await migrate(mysql.url);
    const gate = await startRedis({ dataDir: join(path, 'gate'), role: 'gate' });
    return new PrivateSystem(mysql, gate, remove);
  }

  /** The API that was started last. */
  get api(): LocalApp {
    if (!this.current) throw new Error('No API was started.');
    return this.current;
  }

  async startApi(settings: Settings = {}): Promise<LocalApp> {
    this.current = await this.startProcess('coupon-api', settings);
    return this.current;
  }

  async startConsumer(name: string, settings: Settings = {}): Promise<LocalApp> {
    const consumer = await this.startProcess('coupon-consumer', { CONSUMER_NAME: name, ...settings });
    this.consumers.add(consumer);
    void consumer.exited.then(() => this.consumers.delete(consumer));
    return consumer;
  }

  /** In order, all that are running; answers how each ended. */
  stopConsumers(): Promise<ProcessExit[]> {
    return Promise.all(
      [...this.consumers].map(async (consumer) => {
        await consumer.stop();
        return consumer.exited;
      }),
    );
  }

  /** Lines that called for somebody, of all processes that were ever started. */
  errorsLogged(): string[] {
    return this.started.flatMap((app) => app.logs().split('\n').filter(isError));
  }

  async stop(): Promise<void> {
    this.client.close();
    this.gateObserver.close();
    await Promise.all(this.started.map((app) => app.stop()));
    await Promise.all([this.mysql.stop(), this.gate.stop()]);
    await this.removeFolder();
  }

  private async startProcess(name: AppName, settings: Settings): Promise<LocalApp> {
    const app = await startApp(name, {
      MYSQL_URL: this.mysql.url,
      REDIS_URL: this.gate.url,
      CACHE_REDIS_URL: this.gate.url,
      REDIS_NAMESPACE: NAMESPACE,
      // A test waits for what comes behind an outage, and not for the end of a pause.
      BREAKER_OPEN_MS: '500',
      ...settings,
    });
    this.started.push(app);
    return app;
  }
}

/** A folder that stays until it is removed, and is removed as well when this process is gone. */
async function folderOfItsOwn(): Promise<{ path: string; remove: () => Promise<void> }> {
  const made = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  const removed = withTemporaryFolder('faults', (path) => {
    made.resolve(path);
    return ended.promise;
  });
  removed.catch(made.reject);
  const remove = () => {
    ended.resolve();
    return removed;
  };
  return { path: await made.promise, remove };
}

function isError(line: string): boolean {
  if (line === '') return false;
  try {
    return (JSON.parse(line) as { level: number }).level >= ERROR_LEVEL;
  } catch {
    // Whatever is not a log line was printed by something that nobody had foreseen.
    return true;
  }
}
