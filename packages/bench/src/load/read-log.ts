export type ReadFrom = 'L1' | 'L2' | 'DB';

/** An edit that was answered: from then on its version is there. */
interface Edit {
  version: number;
  process: number;
  answeredAt: number;
}

/** A view may be so old. */
export const STALE_MS_MAX = 10_000;
const FAULTS_KEPT_MAX = 5;

/**
 * What reads of coupons said while others edited them, judged one by one: whoever asks the process that has answered an
 * edit sees it, and nobody anywhere sees a version that had been replaced ten seconds before the read was sent.
 */
export class ReadLog {
  readonly from: Record<ReadFrom, number> = { L1: 0, L2: 0, DB: 0 };
  reads = 0;
  edits = 0;
  /** How long ago, at the most, what somebody read had been replaced. */
  stalestMs = 0;
  readonly lateHere: string[] = [];
  readonly tooOld: string[] = [];
  readonly faults: string[] = [];
  private readonly editsOf = new Map<number, Edit[]>();

  /** Of one coupon one edit at a time. */
  edited(couponId: number, version: number, process: number, answeredAt: number): void {
    this.edits += 1;
    const edits = this.editsOf.get(couponId);
    if (edits) edits.push({ version, process, answeredAt });
    else this.editsOf.set(couponId, [{ version, process, answeredAt }]);
  }

  read(couponId: number, version: number, process: number, sentAt: number, from: ReadFrom): void {
    this.reads += 1;
    this.from[from] += 1;
    const edits = this.editsOf.get(couponId) ?? [];
    for (let at = edits.length - 1; at >= 0 && edits[at]!.version > version; at -= 1) {
      const missed = edits[at]!;
      const staleMs = sentAt - missed.answeredAt;
      if (staleMs < 0) continue;
      this.stalestMs = Math.max(this.stalestMs, staleMs);
      const what = `coupon ${couponId}: version ${version}, ${Math.round(staleMs)} ms after ${missed.version}`;
      if (missed.process === process) keep(this.lateHere, what);
      if (staleMs > STALE_MS_MAX) keep(this.tooOld, what);
    }
  }

  failed(what: string): void {
    keep(this.faults, what);
  }

  /** Of all reads, those that did not ask the database. */
  get hitPercent(): number {
    return (100 * (this.from.L1 + this.from.L2)) / this.reads;
  }
}

function keep(list: string[], what: string): void {
  if (list.length < FAULTS_KEPT_MAX) list.push(what);
}
