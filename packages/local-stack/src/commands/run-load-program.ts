import type { AppName } from '../apps/app-definition.js';
import { ProcessGroup } from '../processes/process-group.js';
import type { ProcessRecord } from '../processes/process-record.js';
import { supervise } from '../processes/supervise.js';
import { withAddresses } from '../servers/provide-servers.js';
import { appProcesses, onFreePorts } from '../stack/app-processes.js';
import { onlyIssuerSigns, withAuth } from '../stack/auth-settings.js';
import { BESIDE_NAMESPACE, bringUp, bringUpBeside } from '../stack/bring-up.js';
import { runStack } from '../stack/run-stack.js';
import type { StackLayout } from '../stack/stack-layout.js';
import { type RunningStack, type StackState, StackStateFile } from '../stack/stack-state.js';
import { takeStackFlags } from './stack-flags.js';

/** What needs a second system with the default queue. */
const MEASURED_BESIDE = 'queue';
const LOAD_GRACE_MS = 10_000;
const INTERRUPTED_STATUS = 130;
const CANNOT_SIGN =
  "The load program signs its users' tokens itself, which only the issuer behind JWKS_URL could: set JWT_SECRET instead, or AUTH_MODE=dev.";

export interface LoadRun {
  program: string;
  /** The program's own command. */
  command: 'rush' | 'figures';
  /** Those of the stack are taken out; the others are the program's. */
  flags: string[];
  /** Settings of the stack that is started. */
  env: NodeJS.ProcessEnv;
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
  const { flags, rest } = takeStackFlags(run.flags);
  const living = new StackStateFile(run.usual.folder).ofLivingLauncher();
  if (living && !living.running) throw new Error('The stack is still starting; try again when it runs.');
  if (onlyIssuerSigns(living?.running?.auth ?? run.env)) throw new Error(CANNOT_SIGN);
  if (living) {
    requireSameQueue(living.running!, flags.settings.QUEUE_DRIVER);
    if (Object.keys(flags.processes).length > 0)
      console.log('The stack that runs is used, with as many processes as it has.');
    const group = new ProcessGroup();
    return supervise(group, () => load(run, rest, living, group), INTERRUPTED_STATUS);
  }
  const { own } = run;
  const env: NodeJS.ProcessEnv = { ...run.env, ...flags.settings };
  return runStack(own, { stoppedStatus: INTERRUPTED_STATUS, reset: false }, async ({ group, state }) => {
    const configured = appProcesses(own.applications, flags.processes, env);
    const processes = await onFreePorts(configured, env.HOST);
    const running = await bringUp(own, processes, env, group, console.log);
    state.update({ running });
    let beside: RunningStack | undefined;
    if (rest.includes(MEASURED_BESIDE)) {
      const second = await onFreePorts(configured, env.HOST);
      beside = await bringUpBeside(own, second, env, running, group, console.log);
    }
    return load(run, rest, state.ofLivingLauncher()!, group, beside);
  });
}

function requireSameQueue({ queueDriver }: RunningStack, wanted = queueDriver): void {
  if (wanted === queueDriver) return;
  throw new Error(
    `The stack that runs has QUEUE_DRIVER=${queueDriver}: stop it first, or leave --queue out.`,
  );
}

function load(
  { program, command }: LoadRun,
  flags: string[],
  { running, processes }: StackState,
  group: ProcessGroup,
  beside?: RunningStack,
): Promise<number> {
  return group.runForStatus({
    name: command,
    command: process.execPath,
    args: [program, command, ...flags],
    env: { ...loadEnvironment(running!, processes), ...environmentBeside(beside) },
    graceMs: LOAD_GRACE_MS,
  });
}

/** What the program is told of the system. Everything is set or unset here, whatever this process has inherited. */
function loadEnvironment(running: RunningStack, processes: readonly ProcessRecord[]): NodeJS.ProcessEnv {
  return {
    ...withAuth(withAddresses(process.env, running), running.auth),
    QUEUE_DRIVER: running.queueDriver,
    ...processesOf(running),
    MYSQL_PID: pidOfServer('mysql', processes),
    GATE_REDIS_PID: pidOfServer('redis-gate', processes),
  };
}

function processesOf({ apps }: RunningStack): Record<string, string> {
  const of = (name: AppName) => apps.filter(({ app }) => app === name);
  const list = (values: (string | number)[]) => values.join(',');
  return {
    COUPON_API_URLS: list(of('coupon-api').map(({ url }) => url)),
    COUPON_API_PIDS: list(of('coupon-api').map(({ pid }) => pid)),
    COUPON_CONSUMER_URLS: list(of('coupon-consumer').map(({ url }) => url)),
    COUPON_CONSUMER_PIDS: list(of('coupon-consumer').map(({ pid }) => pid)),
  };
}

/** What differs of the second system, under names of its own. */
function environmentBeside(beside: RunningStack | undefined): NodeJS.ProcessEnv {
  if (!beside) return {};
  const settings = {
    ...{ MYSQL_URL: beside.mysqlUrl, REDIS_NAMESPACE: BESIDE_NAMESPACE },
    ...processesOf(beside),
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`BESIDE_${name}`, value]));
}

/** Of a server that was started as a process. A container's record has the process id of its client. */
function pidOfServer(name: string, processes: readonly ProcessRecord[]): string | undefined {
  const server = processes.find((record) => record.name === name && !record.container);
  return server && String(server.pid);
}
