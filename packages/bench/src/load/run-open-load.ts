import { AnswerLog } from './answer-log.js';
import type { Credentials } from './credentials.js';
import { HttpConnection, requestHead, type Target } from './http-connection.js';
import { faultAnswer, type IssueAnswer, readIssueAnswer } from './read-issue-answer.js';

export interface OpenLoad {
  /** Processes of one service; the requests are spread over them evenly. */
  targets: readonly Target[];
  credentials: Credentials;
  path: string;
  /** Who asks, in order. */
  plan: Uint32Array;
  users: number;
  /** Requests arrive at this rate, whatever the answers do. */
  arrivalsPerSecond: number;
  connections: number;
  requestTimeoutMs: number;
}

export interface OpenLoadResult {
  /** Its latencies are counted from the moment at which a request was due, not from when it could be sent. */
  log: AnswerLog;
  /** `performance.now()` of each answer, in the order of the log. */
  answeredAt: Float64Array;
  elapsedMs: number;
  cpuMicros: number;
  lastAnswerAt: number;
}

/** Timers are no finer; a request waits so long at most before it is sent, and that counts as its latency. */
const TICK_MS = 1;

/**
 * An open loop: requests arrive at a fixed rate. One that finds no free connection waits, and its wait counts, so that
 * a stall is seen by everybody who would have come during it (a closed loop leaves these out).
 */
export async function runOpenLoad(load: OpenLoad): Promise<OpenLoadResult> {
  const arrivals = new Arrivals(load);
  await load.credentials.prepare(load.users);
  await arrivals.prepare();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  try {
    await arrivals.run(startedAt);
    const lastAnswerAt = performance.now();
    const cpu = process.cpuUsage(cpuBefore);
    const { log, answeredAt } = arrivals;
    return {
      log,
      answeredAt,
      elapsedMs: lastAnswerAt - startedAt,
      cpuMicros: cpu.user + cpu.system,
      lastAnswerAt,
    };
  } finally {
    arrivals.close();
  }
}

class Arrivals {
  readonly log: AnswerLog;
  readonly answeredAt: Float64Array;
  private readonly lanes: OpenLane[];
  private readonly free: OpenLane[];
  private startedAt = 0;
  private next = 0;
  private finish: () => void = () => {};

  constructor(private readonly load: OpenLoad) {
    this.log = new AnswerLog(load.plan.length, load.users);
    this.answeredAt = new Float64Array(load.plan.length);
    this.lanes = Array.from(
      { length: load.connections },
      (_, index) => new OpenLane(load, load.targets[index % load.targets.length]!, this),
    );
    this.free = [...this.lanes];
  }

  async prepare(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.prepare()));
  }

  async run(startedAt: number): Promise<void> {
    this.startedAt = startedAt;
    const done = new Promise<void>((resolve) => {
      this.finish = resolve;
    });
    const timer = setInterval(() => this.tick(), TICK_MS);
    try {
      await done;
    } finally {
      clearInterval(timer);
    }
  }

  /** The lane is free again. */
  record(lane: OpenLane, index: number, answer: IssueAnswer): void {
    const now = performance.now();
    this.answeredAt[this.log.count] = now;
    this.log.record(this.load.plan[index]!, answer, now - this.dueAt(index));
    this.free.push(lane);
    if (this.log.count === this.load.plan.length) this.finish();
    else this.sendDue(now);
  }

  close(): void {
    for (const lane of this.lanes) lane.close();
  }

  private dueAt(index: number): number {
    return this.startedAt + (index * 1_000) / this.load.arrivalsPerSecond;
  }

  private tick(): void {
    const now = performance.now();
    for (const lane of this.lanes) lane.giveUpIfLate(now);
    this.sendDue(now);
  }

  private sendDue(now: number): void {
    while (this.next < this.load.plan.length && this.dueAt(this.next) <= now) {
      // Whoever has been free for longest, so that each process has its share.
      const lane = this.free.shift();
      if (!lane) return;
      const index = this.next++;
      lane.send(index, this.load.plan[index]!, now);
    }
  }
}

/** One connection of the open loop. */
class OpenLane {
  private readonly connection: HttpConnection;
  private readonly requestHead: string;
  private index = 0;
  private sentAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly load: OpenLoad,
    target: Target,
    private readonly arrivals: Arrivals,
  ) {
    this.requestHead = requestHead(target, load.path);
    this.connection = new HttpConnection(target, {
      onAnswer: (status, body) => this.answered(readIssueAnswer(status, body)),
      onFault: (reason) => this.answered(faultAnswer(0, reason)),
    });
  }

  prepare(): Promise<void> {
    return this.connection.open(this.load.requestTimeoutMs);
  }

  send(index: number, user: number, now: number): void {
    this.index = index;
    this.sentAt = now;
    const request = `${this.requestHead}${this.load.credentials.headerOf(user)}\r\n\r\n`;
    if (this.connection.isOpen) {
      this.connection.send(request);
      return;
    }
    this.connection.open(this.load.requestTimeoutMs).then(
      () => this.connection.send(request),
      (error: Error) => this.answered(faultAnswer(0, error.message)),
    );
  }

  giveUpIfLate(now: number): void {
    if (now - this.sentAt > this.load.requestTimeoutMs) this.connection.abandon('time-out');
  }

  close(): void {
    this.connection.close();
  }

  private answered(answer: IssueAnswer): void {
    this.sentAt = Number.POSITIVE_INFINITY;
    this.arrivals.record(this, this.index, answer);
  }
}
