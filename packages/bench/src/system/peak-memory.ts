import { residentBytes } from './resident-memory.js';

const LOOK_EVERY_MS = 20;

/** The most that some processes hold of the machine's memory from now on, added up. */
export class PeakMemory {
  private mostBytes = 0;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly pids: readonly number[],
    readonly beforeBytes: number,
  ) {
    this.timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS);
  }

  static async watch(pids: readonly number[]): Promise<PeakMemory> {
    return new PeakMemory(pids, await sum(pids));
  }

  /** Ends the watch. */
  async peakBytes(): Promise<number> {
    clearInterval(this.timer);
    await this.look();
    return this.mostBytes;
  }

  private async look(): Promise<void> {
    this.mostBytes = Math.max(this.mostBytes, await sum(this.pids));
  }
}

async function sum(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(residentBytes));
  return each.reduce((total, bytes) => total + bytes, 0);
}
