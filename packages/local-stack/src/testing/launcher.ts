import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A launcher under test, with all that it wrote. */
export class Launcher {
  output = '';
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(
    folder: string,
    args: string[],
    env: Record<string, string> = {},
    applications: 'stub' | 'real' = 'stub',
  ) {
    const program = fileURLToPath(new URL(`./${applications}-launcher.js`, import.meta.url));
    // Servers of the test run would be used instead of private ones.
    const { MYSQL_URL: _mysql, REDIS_URL: _redis, CACHE_REDIS_URL: _cache, ...rest } = process.env;
    this.#child = spawn(process.execPath, [program, folder, ...args], { env: { ...rest, ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exited = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws with all its output when it ends without having written the text */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (!this.isRunning) {
        await this.exited;
        if (this.output.includes(text)) return;
        throw new Error(`The launcher never said "${text}", but:\n${this.output}`);
      }
      await sleep(50);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
