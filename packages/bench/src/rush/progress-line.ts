import type { AnswerLog } from '../load/answer-log.js';
import { count } from './number-format.js';

const TTY_EVERY_MS = 200;
const LINE_EVERY_MS = 2_000;

/** Shows how far a phase is: one line that is written over on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  constructor(
    private readonly out: NodeJS.WritableStream & { isTTY?: boolean },
    private readonly title: string,
  ) {}

  /** Answers what ends it. */
  watch(log: AnswerLog): () => void {
    const startedAt = performance.now();
    const { isTTY } = this.out;
    const draw = () => {
      const line = this.describe(log, performance.now() - startedAt);
      this.out.write(isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
    };
    const timer = setInterval(draw, isTTY ? TTY_EVERY_MS : LINE_EVERY_MS);
    return () => {
      clearInterval(timer);
      draw();
      if (isTTY) this.out.write('\n');
    };
  }

  private describe(log: AnswerLog, elapsedMs: number): string {
    const percent = Math.floor((log.count * 100) / log.planned);
    const rate = elapsedMs > 0 ? (log.count * 1_000) / elapsedMs : 0;
    const errors = log.faultCount > 0 ? `, ${count(log.faultCount)} errors` : '';
    return `${this.title.padEnd(10)} ${String(percent).padStart(3)} %   ${count(log.usersWithClaim)} accepted, ${count(log.soldOutCount)} sold out${errors}, ${count(rate)} req/s`;
  }
}
