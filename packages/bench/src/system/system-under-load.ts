import { type BenchEnvironment, targetOf } from '../bench-environment.js';
import type { Target } from '../load/http-connection.js';
import { CouponOperator } from './coupon-operator.js';
import { GateObserver } from './gate-observer.js';
import { IssueRecords } from './issue-records.js';
import { readProcessCpuMicros } from './process-cpu.js';

/** The running system as the bench sees it: one door for requests, two records to check them against. */
export interface SystemUnderLoad {
  target: Target;
  operator: CouponOperator;
  records: IssueRecords;
  gate: GateObserver;
  /** Gate and cache are one server, so that the cache's memory is measured together with the gate's. */
  cacheSharesGateServer: boolean;
  /** CPU time of what answers a request: the API and the gate server. NaN where one of them does not say. */
  servingCpuMicros(): Promise<number>;
  /** The same by process: `api` and `redis`. */
  servingCpuMicrosOfEach(): Promise<CpuOfEach>;
  /** That of `consumer` as well, where it is known. */
  cpuMicrosOfEach(): Promise<CpuOfEach>;
  close(): Promise<void>;
}

/** CPU time used so far, in microseconds, by the name of the process. */
export type CpuOfEach = Readonly<Record<string, number>>;

export async function connectToSystem(environment: BenchEnvironment): Promise<SystemUnderLoad> {
  const records = await IssueRecords.connect(environment.mysqlUrl).catch((error: unknown) => {
    throw new Error('MySQL at MYSQL_URL cannot be reached.', { cause: error });
  });
  const gate = new GateObserver(environment.gateRedisUrl, environment.redisNamespace);
  return {
    target: targetOf(environment.apiUrl),
    operator: new CouponOperator(environment.apiUrl),
    records,
    gate,
    cacheSharesGateServer: new URL(environment.cacheRedisUrl).host === new URL(environment.gateRedisUrl).host,
    servingCpuMicros: async () => {
      const { api, redis } = await readServing(environment, gate);
      return api + redis;
    },
    servingCpuMicrosOfEach: () => readServing(environment, gate),
    cpuMicrosOfEach: async () => {
      const { consumer } = environment;
      const [serving, consuming] = await Promise.all([
        readServing(environment, gate),
        consumer ? readProcessCpuMicros(consumer.url) : null,
      ]);
      return consuming === null ? serving : { ...serving, consumer: consuming };
    },
    close: async () => {
      gate.close();
      await records.close();
    },
  };
}

async function readServing({ apiUrl }: BenchEnvironment, gate: GateObserver) {
  const [api, redis] = await Promise.all([readProcessCpuMicros(apiUrl), gate.cpuMicros()]);
  return { api, redis };
}
