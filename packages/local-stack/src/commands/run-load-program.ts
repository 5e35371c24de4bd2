import { ProcessGroup } from '../processes/process-group.js';
import { supervise } from '../processes/supervise.js';
import { withAddresses } from '../servers/provide-servers.js';
import { configuredPorts, freePortsInstead } from '../stack/app-ports.js';
import { bringUp } from '../stack/bring-up.js';
import { runStack } from '../stack/run-stack.js';
import type { StackLayout } from '../stack/stack-layout.js';
import { type StackState, StackStateFile } from '../stack/stack-state.js';

const LOAD_GRACE_MS = 10_000;
const INTERRUPTED_STATUS = 130;

export interface LoadRun {
  program: string;
  /** The program's own command. */
  command: 'rush' | 'figures';
  flags: string[];
  /** The stack that is used where it runs. */
  usual: StackLayout;
  /** The one that is started where it does not. */
  own: StackLayout;
}

/**
 * Runs a program that loads the system from outside: against the stack that runs, or against one that lives as long
 * as the program.
 * @returns its exit status
 */
export async function runLoadProgram(run: LoadRun): Promise<number> {
  const living = new StackStateFile(run.usual.folder).ofLivingLauncher();
  if (living && !living.running) throw new Error('The stack is still starting; try again when it runs.');
  if (living) {
    const group = new ProcessGroup();
    return supervise(group, () => load(run, living, group), INTERRUPTED_STATUS);
  }
  const { own } = run;
  return runStack(own, { stoppedStatus: INTERRUPTED_STATUS, reset: false }, async ({ group, state }) => {
    const configured = configuredPorts(own.applications, process.env);
    const ports = await freePortsInstead(configured, process.env.HOST);
    const running = await bringUp(own, ports, process.env, group, console.log);
    state.update({ running });
    return load(run, state.ofLivingLauncher()!, group);
  });
}

function load({ program, command, flags }: LoadRun, stack: StackState, group: ProcessGroup): Promise<number> {
  const own = flags[0] === '--' ? flags.slice(1) : flags;
  const running = stack.running!;
  const consumer = stack.processes.find(({ name }) => name === 'coupon-consumer');
  return group.runForStatus({
    name: command,
    command: process.execPath,
    args: [program, command, ...own],
    env: {
      ...withAddresses(process.env, running),
      COUPON_API_URL: running.appUrls['coupon-api'],
      COUPON_CONSUMER_URL: running.appUrls['coupon-consumer'],
      COUPON_CONSUMER_PID: consumer && String(consumer.pid),
    },
    graceMs: LOAD_GRACE_MS,
  });
}
