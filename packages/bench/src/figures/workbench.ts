import {
  BARE_ROUTE_PATH,
  type Baseline,
  type BaselineName,
  startBaseline,
} from '../baselines/start-baseline.js';
import type { BenchEnvironment } from '../bench-environment.js';
import { planRequests } from '../load/request-plan.js';
import { LOAD_LIMITS } from '../load/run-load.js';
import { type OpenLoadResult, runOpenLoad } from '../load/run-open-load.js';
import { type ReadLoadResult, runReads } from '../load/run-reads.js';
import { awaitSettled, type Settled } from '../rush/await-settled.js';
import { type Check, checkExactness } from '../rush/check-exactness.js';
import { DOORS, type Door } from '../rush/doors.js';
import { tallyAnswers } from '../rush/tally-answers.js';
import { ConsumerProcesses } from '../system/consumer-processes.js';
import type { CouponOrder } from '../system/coupon-operator.js';
import { readProcessCpuMicros } from '../system/process-cpu.js';
import { SwitchableApi } from '../system/switchable-api.js';
import { connectToSystem, type SystemUnderLoad } from '../system/system-under-load.js';
import type { CpuPerRequest } from './figure.js';
import type { FigureOptions } from './figure-options.js';
import { loadPhase, type Phase, type PhaseOptions, perRequest } from './load-phase.js';

/** More than any server on such a machine answers; who is left over at the end of the time never asked. */
const USERS_PER_SECOND_MAX = 120_000;
const USERS_MAX = 2_000_000;
const WARM_UP_SECONDS = 1;

export interface ReadPhase extends ReadLoadResult {
  cpuPerRequest: CpuPerRequest;
}

type Answered = Pick<Phase, 'log' | 'lastAnswerAt'>;

/** What the measurements share: the system, baselines that were started and warmed up once, and the load on both. */
export class Workbench {
  private readonly consumers: ConsumerProcesses;
  private readonly baselines = new Map<BaselineName, Promise<Baseline>>();
  private readonly warmDoors = new Map<Door, Promise<void>>();
  private streamBench: Promise<Workbench> | undefined;
  private switchable: Promise<SwitchableApi> | undefined;

  constructor(
    readonly options: FigureOptions,
    readonly environment: BenchEnvironment,
    readonly system: SystemUnderLoad,
    readonly out: NodeJS.WriteStream,
  ) {
    this.consumers = new ConsumerProcesses(environment.consumers.map(({ pid }) => pid));
  }

  /** More users than the time will let ask, each once, in an order of their own. */
  usersInTurn(seed: number): Uint32Array {
    return everybody(Math.min(this.options.seconds * USERS_PER_SECOND_MAX, USERS_MAX), seed);
  }

  /** Loads a baseline as `loadDoor` does a door, and fails where it does not answer everything. */
  async loadBaseline(
    name: BaselineName,
    plan: Uint32Array,
    path: string = BARE_ROUTE_PATH,
    seconds: number | null = this.options.seconds,
  ): Promise<Phase> {
    const { target, origin } = await this.baseline(name);
    const cpu = async () => ({ server: await readProcessCpuMicros(origin) });
    const phase = await loadPhase({ ...this.common(seconds), targets: [target], paths: [path], plan, cpu });
    const [fault] = phase.log.faults.keys();
    if (fault !== undefined) throw new Error(`The baseline ${name} answered "${fault}".`);
    return phase;
  }

  /** Reads coupons by a closed loop, at a baseline or at the system, where one in so many requests is an edit. */
  async loadReads(
    server: 'bare-read' | 'system',
    couponIds: readonly number[],
    editOneIn: number | null,
    seed: number,
    seconds: number = this.options.seconds,
  ): Promise<ReadPhase> {
    const baseline = server === 'system' ? null : await this.baseline(server);
    const cpu = baseline
      ? async () => ({ server: await readProcessCpuMicros(baseline.origin) })
      : () => this.system.cpuMicrosOfEach();
    const before = await cpu();
    const result = await runReads({
      targets: baseline ? [baseline.target] : this.system.targets,
      operatorHeaders: this.system.credentials.operatorHeaders,
      couponIds,
      editOneIn,
      seed,
      connections: this.options.connections,
      durationMs: seconds * 1_000,
      requestTimeoutMs: LOAD_LIMITS.requestTimeoutMs,
    });
    return { ...result, cpuPerRequest: perRequest(before, await cpu(), result.requests) };
  }

  /** Loads a door of the system; `seconds` null: until everybody of the plan has asked. */
  loadDoor(
    door: Door,
    couponId: number,
    plan: Uint32Array,
    seconds: number | null = this.options.seconds,
  ): Promise<Phase> {
    return this.loadCoupons(door, [couponId], plan, seconds);
  }

  /** The same over several coupons: each user asks for one of them, by turns. */
  loadCoupons(
    door: Door,
    couponIds: readonly number[],
    plan: Uint32Array,
    seconds: number | null = this.options.seconds,
  ): Promise<Phase> {
    const { targets } = this.system;
    // A held consumer does not answer, and uses nothing.
    const cpu = () =>
      this.consumers.arePaused ? this.system.servingCpuMicrosOfEach() : this.system.cpuMicrosOfEach();
    return loadPhase({ ...this.common(seconds), targets, paths: couponIds.map(DOORS[door].path), plan, cpu });
  }

  /** Requests that arrive at a fixed rate for the time of a round, at a baseline or a door. */
  async loadOpen(
    server: { baseline: BaselineName } | { couponId: number },
    arrivalsPerSecond: number,
    plan: Uint32Array,
  ): Promise<OpenLoadResult> {
    const at =
      'baseline' in server
        ? { targets: [(await this.baseline(server.baseline)).target], path: BARE_ROUTE_PATH }
        : { targets: this.system.targets, path: DOORS.v2.path(server.couponId) };
    return runOpenLoad({
      ...at,
      credentials: this.system.credentials,
      plan,
      users: plan.length,
      arrivalsPerSecond,
      // So many that a request waits for the server, and hardly ever for a connection.
      connections: this.options.connections * 4,
      requestTimeoutMs: LOAD_LIMITS.requestTimeoutMs,
    });
  }

  /** @throws where the consumers cannot be held, before anything is measured for nothing */
  requireConsumers(): void {
    this.consumers.requireKnown();
  }

  /** Does the work while nothing is taken from the queue. */
  async withoutConsumer<T>(work: () => Promise<T>): Promise<T> {
    this.consumers.pause();
    try {
      return await work();
    } finally {
      this.consumers.resume();
    }
  }

  /**
   * The same on the system with the default queue that runs beside this one.
   * @throws where there is none
   */
  besideStream(): Promise<Workbench> {
    this.streamBench ??= this.openBeside();
    return this.streamBench;
  }

  /** Started when it is first asked for, beside the API processes of the system. */
  switchableApi(): Promise<SwitchableApi> {
    this.switchable ??= SwitchableApi.start();
    return this.switchable;
  }

  openCoupon(door: Door, totalQuantity: number, own: Partial<CouponOrder> = {}): Promise<number> {
    const { title, issueMode } = DOORS[door];
    const order = { title: `Bench of ${title}`, totalQuantity, issueMode, ...own };
    return this.system.operator.openCoupon(order);
  }

  settle(couponId: number, { log, lastAnswerAt }: Answered): Promise<Settled> {
    return awaitSettled(this.system, couponId, log.usersWithClaim, lastAnswerAt);
  }

  /** Waits for the rows of a phase, and holds answers, rows, gate and queue against each other. */
  async checkDoor(door: Door, couponId: number, total: number, phase: Answered): Promise<Check[]> {
    const settled = await this.settle(couponId, phase);
    const rows = await this.system.records.readRows(couponId);
    const { users, count: asked } = phase.log;
    const tally = { ...tallyAnswers(phase.log), planned: asked };
    return checkExactness({ door, users, asked, total, tally, rows, ...settled });
  }

  /** Both paths of a door, winning and refusal: a freshly started server compiles its code during the first requests. */
  warmUpDoor(door: Door): Promise<void> {
    const known = this.warmDoors.get(door);
    if (known) return known;
    const warm = this.walkBothPaths(door);
    this.warmDoors.set(door, warm);
    return warm;
  }

  async close(): Promise<void> {
    this.consumers.close();
    const beside = await this.streamBench?.catch(() => undefined);
    await beside?.close();
    await beside?.system.close();
    const switchable = await this.switchable?.catch(() => undefined);
    await switchable?.stop();
    const started = await Promise.allSettled(this.baselines.values());
    await Promise.all(started.map((baseline) => baseline.status === 'fulfilled' && baseline.value.stop()));
  }

  private async openBeside(): Promise<Workbench> {
    const { beside } = this.environment;
    if (!beside) {
      throw new Error(
        '`queue` is measured on a stack that `pnpm bench` starts, with a second one beside it.',
      );
    }
    return new Workbench(this.options, beside, await connectToSystem(beside, this.out), this.out);
  }

  private async walkBothPaths(door: Door): Promise<void> {
    const plan = everybody(USERS_PER_SECOND_MAX, this.options.seed);
    const winning = await this.openCoupon(door, plan.length);
    await this.settle(winning, await this.loadDoor(door, winning, plan, WARM_UP_SECONDS));
    const soldOut = await this.openCoupon(door, 1);
    await this.settle(soldOut, await this.loadDoor(door, soldOut, plan, WARM_UP_SECONDS));
  }

  private baseline(name: BaselineName): Promise<Baseline> {
    const known = this.baselines.get(name);
    if (known) return known;
    const { mysqlUrl, gateRedisUrl } = this.environment;
    const started = startBaseline(name, { MYSQL_URL: mysqlUrl, REDIS_URL: gateRedisUrl });
    this.baselines.set(name, started);
    return started;
  }

  private common(seconds: number | null): Pick<PhaseOptions, 'connections' | 'credentials' | 'seconds'> {
    const { connections } = this.options;
    const { credentials } = this.system;
    return seconds === null ? { connections, credentials } : { connections, credentials, seconds };
  }
}

export const everybody = (users: number, seed: number): Uint32Array =>
  planRequests({ users, repeats: 0, total: users, seed });

export { WARM_UP_SECONDS };
