import { benchCommand } from './commands/bench-command.js';
import { demoCommand } from './commands/demo-command.js';
import { picturesCommand } from './commands/pictures-command.js';
import { startCommand } from './commands/start-command.js';
import { START_USAGE } from './commands/start-flags.js';
import { testCommand } from './commands/test-command.js';

const USAGE = `${START_USAGE}

test [Jest's arguments]   runs the tests of the current folder beside private servers
demo [the rush's flags]   runs the rush against the stack that runs, or one of its own
bench [names] [flags]     measures the figures against the stack that runs, or one of its own
pictures [--seconds 120] [--to docs/dashboards]   draws the dashboards with what start --observe has seen

demo and bench take --api-processes, --consumer-processes and --queue as well, for a stack of their own.`;

async function main([command, ...args]: string[]): Promise<number> {
  switch (command) {
    case 'start':
      return startCommand(args);
    case 'test':
      return testCommand(args);
    case 'demo':
      return demoCommand(args);
    case 'pictures':
      return picturesCommand(args);
    case 'bench':
      return benchCommand(args);
    default:
      console.error(USAGE);
      return 2;
  }
}

// A reader that went away, as in `start | head`, is no reason to leave processes behind.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Open keep-alive connections to the applications must not delay the end.
process.exit();
