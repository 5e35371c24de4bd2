import { freePort, isPortFree } from '../processes/free-port.js';
import type { ManagedProcess, ProcessSpec } from '../processes/managed-process.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { waitUntilReady } from '../processes/wait-until-ready.js';

/** A private server on 127.0.0.1, stopped when the process that started it is gone. */
export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** Of the present process; another one after a restart. */
  readonly pid: number;
  /** In order: SIGTERM, and SIGKILL only after its grace. */
  stop(): Promise<void>;
  /** Sends the signal and waits until the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same data, and stops it in order first where it still runs. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

export interface ServerPlan {
  spec(port: number): ProcessSpec;
  url(port: number): string;
  /** Rejects as long as the server behind the address does not answer. */
  probe(url: string): Promise<void>;
  port?: number;
}

/** A server may have to replay its log after a crash, on a machine ten times slower than usual. */
const START_WAIT_MS_MAX = 300_000;
const PORT_TRIES_MAX = 3;

/** @throws with the last lines of its log when the server ends while it starts */
export async function startServer(plan: ServerPlan, group: ProcessGroup): Promise<LocalServer> {
  for (let tries = 1; ; tries++) {
    const port = plan.port ?? (await freePort());
    try {
      return new GroupServer(plan, group, port, await startOn(port, plan, group));
    } catch (error) {
      // Somebody else may have taken the port between our look and the server's.
      const isTaken = /address already in use/i.test(String(error));
      if (!isTaken || plan.port || tries >= PORT_TRIES_MAX) throw error;
    }
  }
}

async function startOn(port: number, plan: ServerPlan, group: ProcessGroup): Promise<ManagedProcess> {
  const spec = plan.spec(port);
  // Whoever holds the port would answer the probe in our server's place.
  if (!(await isPortFree(port))) throw new Error(`Port ${port}, for ${spec.name}: address already in use`);
  const started = group.start(spec);
  await waitUntilReady({
    name: started.record.name,
    waitMsMax: START_WAIT_MS_MAX,
    probe: () => plan.probe(plan.url(port)),
    process: started,
  });
  return started;
}

class GroupServer implements LocalServer {
  readonly url: string;

  constructor(
    private readonly plan: ServerPlan,
    private readonly group: ProcessGroup,
    readonly port: number,
    private current: ManagedProcess,
  ) {
    this.url = plan.url(port);
  }

  get pid(): number {
    return this.current.record.pid;
  }

  async stop(): Promise<void> {
    await this.current.stop();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.current.signal(signal);
    await this.current.exited;
  }

  async restart(): Promise<void> {
    await this.current.stop();
    this.current = await startOn(this.port, this.plan, this.group);
  }

  pause(): void {
    this.current.signal('SIGSTOP');
  }

  resume(): void {
    this.current.signal('SIGCONT');
  }
}
