import { observe } from '../observe/observe.js';
import { appProcesses, requireFreePorts } from '../stack/app-processes.js';
import { bringUp } from '../stack/bring-up.js';
import { printLogs } from '../stack/print-logs.js';
import { runStack } from '../stack/run-stack.js';
import { repositoryLayout, type StackLayout } from '../stack/stack-layout.js';
import { parseStartFlags, START_USAGE } from './start-flags.js';
import { welcome } from './welcome.js';

/**
 * Starts the whole system and keeps it running until a signal or a crash.
 * @returns the exit status: 0 after a wanted stop
 */
export async function startCommand(args: string[], layout: StackLayout = repositoryLayout): Promise<number> {
  const flags = parseStartFlags(args);
  if (flags.help) {
    console.log(START_USAGE);
    return 0;
  }
  const env = { ...process.env, ...flags.settings };
  const processes = appProcesses(layout.applications, flags.processes, env);
  let stopPrinting = () => {};
  try {
    return await runStack(layout, { stoppedStatus: 0, reset: flags.reset }, async ({ group, state }) => {
      await requireFreePorts(processes, env.HOST);
      const brought = await bringUp(layout, processes, env, group, console.log);
      const running = flags.observe
        ? { ...brought, prometheusUrl: await observe(layout, brought.apps, group, console.log) }
        : brought;
      state.update({ running });
      console.log(await welcome(running, layout.folder));
      stopPrinting = printLogs(layout, running.apps);
      return runsUntilStopped;
    });
  } finally {
    // Last, so that what the applications write while they stop is seen as well.
    stopPrinting();
  }
}

/** Only a signal or a crash ends a started stack. */
const runsUntilStopped = new Promise<number>(() => {});
