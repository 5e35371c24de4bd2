import { HttpConnection, type Target } from './http-connection.js';
import { type ReadFrom, ReadLog } from './read-log.js';
import { seededRandom } from './seeded-random.js';

export interface ReadLoad {
  targets: readonly Target[];
  operatorHeaders: Readonly<Record<string, string>>;
  couponIds: readonly number[];
  /** One in so many requests pauses a coupon or opens it again; null: none does. */
  editOneIn: number | null;
  seed: number;
  connections: number;
  durationMs: number;
  requestTimeoutMs: number;
}

export interface ReadLoadResult {
  log: ReadLog;
  /** Reads and edits. */
  requests: number;
  readsPerSecond: number;
  generatorBusyPercent: number;
}

const ETAG = /\r\netag: *W\/"\d+-(\d+)"/i;
const X_CACHE = /\r\nx-cache: *(L1|L2|DB)\r\n/i;
const VERSION = /"version":(\d+)/;
const LATE_CHECK_MS = 250;

/** A closed loop of readers, some of whose requests are edits; every answer is judged as it comes. */
export async function runReads(load: ReadLoad): Promise<ReadLoadResult> {
  const log = new ReadLog();
  const choose = chooser(load);
  const lanes = Array.from({ length: load.connections }, (_, i) => {
    const process = i % load.targets.length;
    return new ReadLane(load, process, choose, log);
  });
  await Promise.all(lanes.map((lane) => lane.open()));
  const lateCheck = setInterval(() => {
    for (const lane of lanes) lane.giveUpIfLate();
  }, LATE_CHECK_MS);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  try {
    await Promise.all(lanes.map((lane) => lane.runUntil(startedAt + load.durationMs)));
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      log,
      requests: log.reads + log.edits,
      readsPerSecond: (log.reads * 1_000) / elapsedMs,
      generatorBusyPercent: (user + system) / elapsedMs / 10,
    };
  } finally {
    clearInterval(lateCheck);
    for (const lane of lanes) lane.close();
  }
}

type Choice = { couponId: number; edit: 'pause' | 'open' | null; done(): void };

/** One edit of a coupon at a time, pause and open by turns. */
function chooser({ couponIds, editOneIn, seed }: ReadLoad): () => Choice {
  const random = seededRandom(seed);
  const paused = new Set<number>();
  const underWay = new Set<number>();
  const nothing = () => {};
  return () => {
    const couponId = couponIds[Math.floor(random() * couponIds.length)]!;
    const isEdit = editOneIn !== null && random() * editOneIn < 1 && !underWay.has(couponId);
    if (!isEdit) return { couponId, edit: null, done: nothing };
    underWay.add(couponId);
    const edit = paused.delete(couponId) ? 'open' : 'pause';
    if (edit === 'pause') paused.add(couponId);
    return { couponId, edit, done: () => underWay.delete(couponId) };
  };
}

/** One connection to one process, and the request that is under way on it. */
class ReadLane {
  private readonly connection: HttpConnection;
  private readonly operator: string;
  private choice: Choice | null = null;
  private sentAt = 0;
  private endsAt = 0;
  private finish: () => void = () => {};

  constructor(
    private readonly load: ReadLoad,
    private readonly process: number,
    private readonly choose: () => Choice,
    private readonly log: ReadLog,
  ) {
    const headers = Object.entries(load.operatorHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
    this.operator = headers.join('');
    this.connection = new HttpConnection(this.target, {
      onAnswer: (status, body, head) => this.answered(status, body, head),
      onFault: (reason) => this.failed(reason),
    });
  }

  open(): Promise<void> {
    return this.connection.open(this.load.requestTimeoutMs);
  }

  runUntil(endsAt: number): Promise<void> {
    this.endsAt = endsAt;
    return new Promise((resolve) => {
      this.finish = resolve;
      this.next();
    });
  }

  giveUpIfLate(): void {
    if (this.choice && performance.now() - this.sentAt > this.load.requestTimeoutMs)
      this.connection.abandon('time-out');
  }

  close(): void {
    this.connection.close();
  }

  private get target(): Target {
    return this.load.targets[this.process]!;
  }

  private next(): void {
    this.sentAt = performance.now();
    if (this.sentAt >= this.endsAt) {
      this.finish();
      return;
    }
    this.choice = this.choose();
    const { host, port } = this.target;
    const { couponId, edit } = this.choice;
    this.connection.send(
      edit === null
        ? `GET /v1/coupons/${couponId} HTTP/1.1\r\nhost: ${host}:${port}\r\n\r\n`
        : `POST /admin/v1/coupons/${couponId}/${edit} HTTP/1.1\r\nhost: ${host}:${port}\r\n${this.operator}content-length: 0\r\n\r\n`,
    );
  }

  private answered(status: number, body: string, head: string): void {
    const { couponId, edit, done } = this.choice!;
    this.choice = null;
    const version = Number((edit === null ? ETAG.exec(head) : VERSION.exec(body))?.[1]);
    const from = edit === null ? X_CACHE.exec(`${head}\r\n`)?.[1] : 'DB';
    if (status !== 200 || Number.isNaN(version) || !from) this.log.failed(`${status}: ${head} ${body}`);
    else if (edit) this.log.edited(couponId, version, this.process, performance.now());
    else this.log.read(couponId, version, this.process, this.sentAt, from as ReadFrom);
    done();
    this.next();
  }

  /** A lane that fails reads no more; the check of the faults says so. */
  private failed(reason: string): void {
    this.choice?.done();
    this.choice = null;
    this.log.failed(reason);
    this.finish();
  }
}
