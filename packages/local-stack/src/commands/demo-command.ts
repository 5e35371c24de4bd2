import { benchProgram } from '../apps/app-definition.js';
import { ProcessGroup } from '../processes/process-group.js';
import { supervise } from '../processes/supervise.js';
import { withAddresses } from '../servers/provide-servers.js';
import { configuredPorts, freePortsInstead } from '../stack/app-ports.js';
import { bringUp } from '../stack/bring-up.js';
import { runStack } from '../stack/run-stack.js';
import { repositoryLayout, type StackLayout } from '../stack/stack-layout.js';
import { type RunningStack, StackStateFile } from '../stack/stack-state.js';

const BENCH_GRACE_MS = 10_000;
const INTERRUPTED_STATUS = 130;

/**
 * Runs the rush against the stack that runs, or against one that lives as long as the demo.
 * @param flags passed on to the rush
 * @returns its exit status
 */
export async function demoCommand(
  flags: string[],
  layout: StackLayout = repositoryLayout,
  program = benchProgram,
): Promise<number> {
  const living = new StackStateFile(layout.folder).ofLivingLauncher();
  if (living && !living.running) throw new Error('The stack is still starting; try again when it runs.');
  if (living?.running) {
    const running = living.running;
    const group = new ProcessGroup();
    return supervise(group, () => rush(program, flags, running, group), INTERRUPTED_STATUS);
  }
  return runStack(layout, { stoppedStatus: INTERRUPTED_STATUS, reset: false }, async ({ group, state }) => {
    const configured = configuredPorts(layout.applications, process.env);
    const ports = await freePortsInstead(configured, process.env.HOST);
    const running = await bringUp(layout, ports, process.env, group, console.log);
    state.update({ running });
    return rush(program, flags, running, group);
  });
}

function rush(program: string, flags: string[], running: RunningStack, group: ProcessGroup): Promise<number> {
  const own = flags[0] === '--' ? flags.slice(1) : flags;
  return group.runForStatus({
    name: 'rush',
    command: process.execPath,
    args: [program, 'rush', ...own],
    env: { ...withAddresses(process.env, running), COUPON_API_URL: running.appUrls['coupon-api'] },
    graceMs: BENCH_GRACE_MS,
  });
}
