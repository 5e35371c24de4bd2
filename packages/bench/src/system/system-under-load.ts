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
  close(): Promise<void>;
}

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
      const [api, gateServer] = await Promise.all([
        readProcessCpuMicros(environment.apiUrl),
        gate.cpuMicros(),
      ]);
      return api + gateServer;
    },
    close: async () => {
      gate.close();
      await records.close();
    },
  };
}
