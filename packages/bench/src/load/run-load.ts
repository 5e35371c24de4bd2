import { AnswerLog } from './answer-log.js';
import type { Credentials } from './credentials.js';
import { HttpConnection, requestHead, type Target } from './http-connection.js';
import type { KeptReceipts } from './kept-receipts.js';
import { faultAnswer, type IssueAnswer, readIssueAnswer } from './read-issue-answer.js';

export interface Load {
  /** Processes of one service; the connections are spread over them evenly. */
  targets: readonly Target[];
  credentials: Credentials;
  /** By turns: a user's number decides. */
  paths: readonly string[];
  /** Who asks, in order. */
  plan: Uint32Array;
  users: number;
  connections: number;
  /** The service promises an answer within 5 s; this is when the generator stops believing it. */
  requestTimeoutMs: number;
  /** So many faults end the run early: a dead service is reported soon, not after 50,000 time-outs. */
  faultsMax: number;
  /** Where claims may be lost: people come back with their receipts as long as they are told 503. */
  receipts?: KeptReceipts;
  /** No request is sent later than this after the first one; without it the plan is sent to its end. */
  durationMs?: number;
}

export interface LoadResult {
  log: AnswerLog;
  elapsedMs: number;
  /** Of this process alone, from the first request to the last answer. */
  cpuMicros: number;
  /** `performance.now()` at each answer, in the order of the log. */
  answeredAt: Float64Array;
  /** The same at the last answer. */
  lastAnswerAt: number;
}

export const LOAD_LIMITS = { requestTimeoutMs: 10_000, faultsMax: 1_000, timeoutCheckMs: 250 };

/** So long does somebody wait who was told 503, and so long is it tried in all. */
const COME_BACK_MS = 100;
const COME_BACK_MS_MAX = 120_000;

/**
 * A closed loop: every connection sends its next request when the answer to its last one is there. Connections are
 * made before the clock starts, as browsers in a rush have theirs open already.
 */
export async function runLoad(
  load: Load,
  watch: (log: AnswerLog) => () => void = () => () => {},
): Promise<LoadResult> {
  const log = new AnswerLog(load.plan.length, load.users);
  const line = new RequestLine(load, log);
  const lanes = Array.from(
    { length: Math.min(load.connections, load.plan.length) },
    (_, index) => new Lane(load, load.targets[index % load.targets.length]!, line),
  );
  await load.credentials.prepare(load.users);
  await Promise.all(lanes.map((lane) => lane.prepare()));
  const stopWatching = watch(log);
  const timeoutCheck = setInterval(() => {
    for (const lane of lanes) lane.giveUpIfLate();
  }, LOAD_LIMITS.timeoutCheckMs);
  try {
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    line.open(startedAt);
    await Promise.all(lanes.map((lane) => lane.run()));
    const lastAnswerAt = performance.now();
    const cpu = process.cpuUsage(cpuBefore);
    const answeredAt = line.answeredAt.subarray(0, log.count);
    const cpuMicros = cpu.user + cpu.system;
    return { log, elapsedMs: lastAnswerAt - startedAt, cpuMicros, answeredAt, lastAnswerAt };
  } finally {
    clearInterval(timeoutCheck);
    stopWatching();
    for (const lane of lanes) lane.close();
  }
}

/** Hands the plan's requests out to whichever lane is free. */
class RequestLine {
  private next = 0;
  private closesAt = Number.POSITIVE_INFINITY;
  readonly answeredAt: Float64Array;

  constructor(
    private readonly load: Load,
    readonly log: AnswerLog,
  ) {
    this.answeredAt = new Float64Array(load.plan.length);
  }

  open(at: number): void {
    if (this.load.durationMs !== undefined) this.closesAt = at + this.load.durationMs;
  }

  record(user: number, answer: IssueAnswer, sentAt: number): void {
    const now = performance.now();
    this.answeredAt[this.log.count] = now;
    this.log.record(user, answer, now - sentAt);
  }

  /** null: the plan is done, the time is over, or too much went wrong. */
  takeUser(): number | null {
    if (performance.now() >= this.closesAt) return null;
    if (this.next >= this.load.plan.length || this.log.faultCount >= this.load.faultsMax) return null;
    return this.load.plan[this.next++]!;
  }
}

/** One connection and the request that is under way on it. */
class Lane {
  private readonly connection: HttpConnection;
  private readonly requestHeads: readonly string[];
  private user = 0;
  private sentAt = 0;
  /** Of the first try. */
  private askedAt = 0;
  private underWay = false;
  private finish: () => void = () => {};

  constructor(
    private readonly load: Load,
    target: Target,
    private readonly line: RequestLine,
  ) {
    this.requestHeads = load.paths.map((path) => requestHead(target, path));
    this.connection = new HttpConnection(target, {
      onAnswer: (status, body) => this.answered(status, body),
      onFault: (reason) => this.failed(reason),
    });
  }

  /** A connection that cannot be made is tried again by the lane's first request, which then records the fault. */
  async prepare(): Promise<void> {
    await this.connection.open(this.load.requestTimeoutMs).catch(() => undefined);
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.sendNext();
    });
  }

  giveUpIfLate(): void {
    if (this.underWay && performance.now() - this.sentAt > this.load.requestTimeoutMs) {
      this.connection.abandon('time-out');
    }
  }

  close(): void {
    this.connection.close();
  }

  private sendNext(): void {
    const user = this.line.takeUser();
    if (user === null) {
      this.finish();
      return;
    }
    this.user = user;
    this.askedAt = performance.now();
    this.ask();
  }

  private ask(): void {
    this.sentAt = performance.now();
    if (this.connection.isOpen) this.send();
    else this.reconnectAndSend();
  }

  private send(): void {
    this.underWay = true;
    const head = this.requestHeads[this.user % this.requestHeads.length]!;
    const receipt = this.load.receipts?.headerOf(this.user) ?? '';
    this.connection.send(`${head}${receipt}${this.load.credentials.headerOf(this.user)}\r\n\r\n`);
  }

  private reconnectAndSend(): void {
    this.connection.open(this.load.requestTimeoutMs).then(
      () => this.send(),
      (error: Error) => this.failed(error.message),
    );
  }

  private answered(status: number, body: string): void {
    this.underWay = false;
    const { receipts } = this.load;
    const answer = receipts ? receipts.read(this.user, status, body) : readIssueAnswer(status, body);
    if (answer === null && performance.now() - this.askedAt < COME_BACK_MS_MAX) {
      setTimeout(() => this.ask(), COME_BACK_MS);
      return;
    }
    this.line.record(this.user, answer ?? readIssueAnswer(status, body), this.askedAt);
    this.sendNext();
  }

  private failed(reason: string): void {
    this.underWay = false;
    this.line.record(this.user, faultAnswer(0, reason), this.askedAt);
    this.sendNext();
  }
}
