import type { BatchFigures } from '../metrics/process-metrics.js';

/** Waits of this kind end with 503: nothing is known to have happened for this member. */
export class CombinerBusy extends Error {
  override readonly name = 'CombinerBusy';
  constructor(readonly reason: 'QUEUE_FULL' | 'DEADLINE_PASSED' | 'SHUTTING_DOWN') {
    super(reason);
  }
}

export interface CombinerLimits {
  /** Members of one batch. */
  membersMax: number;
  /** Batches of one key under way at once; 1 keeps the order of arrival. */
  inFlightMax: number;
  /** Members waiting or under way, over all keys. */
  pendingMax: number;
  /** After so long a member is answered `DEADLINE_PASSED`, wherever its batch is. */
  deadlineMs: number;
}

interface Pending<M, R> {
  member: M;
  deadlineAt: number;
  resolve(result: R): void;
  reject(cause: unknown): void;
}

interface Line<M, R> {
  waiting: Pending<M, R>[];
  inFlight: Set<Pending<M, R>[]>;
  scheduled: boolean;
}

const DEADLINE_CHECK_MS = 100;

/**
 * Combines what waits for the same key at the same moment into one call. Nothing waits for company: a batch leaves
 * at the end of the tick, and whatever arrives while `inFlightMax` batches are under way makes up the next.
 */
export class Combiner<K, M, R> {
  private readonly lines = new Map<K, Line<M, R>>();
  private pending = 0;
  private timer: NodeJS.Timeout | null = null;
  private closing = false;
  private idle: (() => void) | null = null;

  /** `run` answers one result a member, in order. `since`: when the first of them came, by `performance.now()`. */
  constructor(
    private readonly limits: CombinerLimits,
    private readonly run: (key: K, members: M[], since: number) => Promise<readonly R[]>,
    private readonly figures?: BatchFigures,
  ) {}

  submit(key: K, member: M): Promise<R> {
    if (this.closing) return Promise.reject(new CombinerBusy('SHUTTING_DOWN'));
    if (this.pending >= this.limits.pendingMax) return Promise.reject(new CombinerBusy('QUEUE_FULL'));
    this.pending += 1;
    this.timer ??= setInterval(() => this.expire(), DEADLINE_CHECK_MS).unref();
    return new Promise<R>((resolve, reject) => {
      const line = this.lineOf(key);
      line.waiting.push({ member, deadlineAt: performance.now() + this.limits.deadlineMs, resolve, reject });
      this.schedule(key, line);
    });
  }

  /** Stops intake and returns when everything submitted has been answered. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.lines.size > 0)
      await new Promise<void>((resolve) => {
        this.idle = resolve;
      });
    if (this.timer) clearInterval(this.timer);
  }

  private lineOf(key: K): Line<M, R> {
    let line = this.lines.get(key);
    if (!line) {
      line = { waiting: [], inFlight: new Set(), scheduled: false };
      this.lines.set(key, line);
    }
    return line;
  }

  private schedule(key: K, line: Line<M, R>): void {
    if (line.scheduled || line.inFlight.size >= this.limits.inFlightMax) return;
    line.scheduled = true;
    setImmediate(() => {
      line.scheduled = false;
      this.dispatch(key, line);
    });
  }

  private dispatch(key: K, line: Line<M, R>): void {
    while (line.waiting.length > 0 && line.inFlight.size < this.limits.inFlightMax) {
      const { membersMax } = this.limits;
      const batch = line.waiting.length <= membersMax ? line.waiting : line.waiting.slice(0, membersMax);
      line.waiting = line.waiting.length <= membersMax ? [] : line.waiting.slice(membersMax);
      line.inFlight.add(batch);
      void this.execute(key, line, batch);
    }
    this.forgetIfIdle(key, line);
  }

  private async execute(key: K, line: Line<M, R>, batch: Pending<M, R>[]): Promise<void> {
    const since = batch[0]!.deadlineAt - this.limits.deadlineMs;
    this.figures?.began(batch.length, performance.now() - since);
    try {
      const members = batch.map((pending) => pending.member);
      const results = await this.run(key, members, since);
      for (const [i, pending] of batch.entries()) pending.resolve(results[i] as R);
    } catch (cause) {
      for (const pending of batch) pending.reject(cause);
    }
    line.inFlight.delete(batch);
    this.pending -= batch.length;
    this.dispatch(key, line);
  }

  /** A scheduled line is looked at again at the end of the tick; forgotten now, it would get a double. */
  private forgetIfIdle(key: K, line: Line<M, R>): void {
    if (line.scheduled || line.waiting.length > 0 || line.inFlight.size > 0) return;
    this.lines.delete(key);
    if (this.lines.size === 0) this.idle?.();
  }

  /** Those under way stay in their batch, which still owns their place in `pending`. */
  private expire(): void {
    const now = performance.now();
    for (const [key, line] of this.lines) {
      for (const batch of line.inFlight) rejectOverdue(batch, now);
      const inTime = line.waiting.filter((pending) => pending.deadlineAt > now);
      if (inTime.length === line.waiting.length) continue;
      rejectOverdue(line.waiting, now);
      this.pending -= line.waiting.length - inTime.length;
      line.waiting = inTime;
      this.forgetIfIdle(key, line);
    }
  }
}

function rejectOverdue<M, R>(batch: readonly Pending<M, R>[], now: number): void {
  for (const pending of batch) {
    if (pending.deadlineAt <= now) pending.reject(new CombinerBusy('DEADLINE_PASSED'));
  }
}
