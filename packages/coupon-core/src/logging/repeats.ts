const AGAIN_MS = 60_000;
/** Takes in all kinds beyond so many. */
const OTHER = 'other';

/**
 * Bounds what is said in a minute: of each kind the first `timesMax` times, then the number of the others at its end.
 * Beyond `kindsMax` kinds all others are one.
 */
export class Repeats {
  private readonly times = new Map<string, number>();

  constructor(
    private readonly timesMax: number,
    private readonly kindsMax: number,
  ) {}

  /** Whether to say it. `sumUp` hears at the minute's end how many were not said, where there were any. */
  admits(kind: string, sumUp: (kind: string, times: number) => void): boolean {
    const counted = this.times.has(kind) || this.times.size < this.kindsMax ? kind : OTHER;
    const before = this.times.get(counted) ?? 0;
    this.times.set(counted, before + 1);
    if (before === 0) setTimeout(() => this.endMinute(counted, sumUp), AGAIN_MS).unref();
    return before < this.timesMax;
  }

  private endMinute(kind: string, sumUp: (kind: string, times: number) => void): void {
    const unsaid = this.times.get(kind)! - this.timesMax;
    this.times.delete(kind);
    if (unsaid > 0) sumUp(kind, unsaid);
  }
}
