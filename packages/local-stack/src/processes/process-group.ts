import { ManagedProcess, type ProcessSpec } from './managed-process.js';

/** Thrown to whoever wants to start something while everything is being stopped. */
export class StoppingError extends Error {
  constructor() {
    super('The stack is being stopped');
  }
}

/**
 * The processes that one command started, in order. They are stopped in the opposite order: what was started
 * last depends on what was started before it.
 */
export class ProcessGroup {
  readonly #processes: ManagedProcess[] = [];
  #reportCrash: (crashed: ManagedProcess) => void = () => {};
  #stopping = false;

  /**
   * @param onChange called after each start and end
   * @param onStop called with the name of each process that is about to be stopped
   */
  constructor(
    private readonly onChange: (running: readonly ManagedProcess[]) => void = () => {},
    private readonly onStop: (name: string) => void = () => {},
  ) {}

  /** Resolves with the first process that ended without having been asked to. */
  readonly crashed = new Promise<ManagedProcess>((resolve) => {
    this.#reportCrash = resolve;
  });

  /** Starts a process that is to run until it is stopped. */
  start(spec: ProcessSpec): ManagedProcess {
    const started = this.#add(spec);
    void started.exited.then(() => {
      if (!started.endIsWanted) this.#reportCrash(started);
    });
    return started;
  }

  /**
   * Runs a process to its end.
   * @throws with the last lines of its log when its exit code is not 0
   */
  async run(spec: ProcessSpec): Promise<void> {
    const finished = await this.#runToEnd(spec);
    if (finished.exit?.code !== 0) throw new Error(finished.describeExit());
  }

  /** Runs a process to its end and returns its exit status; 1 when a signal ended it. */
  async runForStatus(spec: ProcessSpec): Promise<number> {
    return (await this.#runToEnd(spec)).exit?.code ?? 1;
  }

  async stopAll(): Promise<void> {
    this.#stopping = true;
    for (const running of [...this.#processes].reverse()) {
      if (running.exit) continue;
      this.onStop(running.record.name);
      await running.stop();
    }
  }

  /** Ends everything at once, for a person who does not want to wait. */
  killAll(): void {
    this.#stopping = true;
    for (const running of [...this.#processes].reverse()) running.signal('SIGKILL');
  }

  async #runToEnd(spec: ProcessSpec): Promise<ManagedProcess> {
    const finished = this.#add(spec);
    await finished.exited;
    if (this.#stopping) throw new StoppingError();
    return finished;
  }

  #add(spec: ProcessSpec): ManagedProcess {
    if (this.#stopping) throw new StoppingError();
    const started = new ManagedProcess(spec);
    this.#processes.push(started);
    this.onChange(this.#processes);
    void started.exited.then(() => {
      this.#processes.splice(this.#processes.indexOf(started), 1);
      this.onChange(this.#processes);
    });
    return started;
  }
}
