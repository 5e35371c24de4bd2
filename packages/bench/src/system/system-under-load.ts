import { type BenchEnvironment, targetOf } from '../bench-environment.js';
import { type Credentials, namedCallers } from '../load/credentials.js';
import type { Target } from '../load/http-connection.js';
import { TokenCredentials } from '../load/token-credentials.js';
import { CouponOperator } from './coupon-operator.js';
import { GateObserver } from './gate-observer.js';
import { IssueRecords } from './issue-records.js';
import { readProcessCpuMicros } from './process-cpu.js';

/** The running system as the bench sees it: where requests go, and two records to check their answers against. */
export interface SystemUnderLoad {
  /** Its API processes. */
  targets: Target[];
  credentials: Credentials;
  operator: CouponOperator;
  records: IssueRecords;
  gate: GateObserver;
  /** Gate and cache are one server, so that the cache's memory is measured together with the gate's. */
  cacheSharesGateServer: boolean;
  /** CPU time of what answers a request: all API processes and the gate server. NaN where one does not say. */
  servingCpuMicros(): Promise<number>;
  /** The same by process: `api` and `redis`. */
  servingCpuMicrosOfEach(): Promise<CpuOfEach>;
  /** That of `consumer`, of all of them, as well, where they are known. */
  cpuMicrosOfEach(): Promise<CpuOfEach>;
  close(): Promise<void>;
}

/** CPU time used so far, in microseconds, by the name of the process. */
export type CpuOfEach = Readonly<Record<string, number>>;

export async function connectToSystem(
  environment: BenchEnvironment,
  out: NodeJS.WritableStream,
): Promise<SystemUnderLoad> {
  const records = await IssueRecords.connect(environment.mysqlUrl).catch((error: unknown) => {
    throw new Error('MySQL at MYSQL_URL cannot be reached.', { cause: error });
  });
  const gate = new GateObserver(environment.gateRedisUrl, environment.redisNamespace);
  const { apiUrls, consumers, tokens } = environment;
  const credentials = tokens ? new TokenCredentials(tokens, out) : namedCallers;
  return {
    targets: apiUrls.map(targetOf),
    credentials,
    operator: new CouponOperator(apiUrls[0]!, credentials),
    records,
    gate,
    cacheSharesGateServer: new URL(environment.cacheRedisUrl).host === new URL(environment.gateRedisUrl).host,
    servingCpuMicros: async () => {
      const { api, redis } = await readServing(environment, gate);
      return api + redis;
    },
    servingCpuMicrosOfEach: () => readServing(environment, gate),
    cpuMicrosOfEach: async () => {
      const [serving, consumer] = await Promise.all([
        readServing(environment, gate),
        cpuMicrosOfAll(consumers.map(({ url }) => url)),
      ]);
      return consumers.length === 0 ? serving : { ...serving, consumer };
    },
    close: async () => {
      gate.close();
      await records.close();
    },
  };
}

async function readServing({ apiUrls }: BenchEnvironment, gate: GateObserver) {
  const [api, redis] = await Promise.all([cpuMicrosOfAll(apiUrls), gate.cpuMicros()]);
  return { api, redis };
}

async function cpuMicrosOfAll(origins: readonly URL[]): Promise<number> {
  const each = await Promise.all(origins.map(readProcessCpuMicros));
  return each.reduce((sum, micros) => sum + micros, 0);
}
