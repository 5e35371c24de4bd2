import { demoCommand } from '../commands/demo-command.js';
import { startCommand } from '../commands/start-command.js';
import type { StackLayout } from '../stack/stack-layout.js';
import { stubApplications, stubProgram } from './stub-applications.js';

/** `start` and `demo` with stub applications, in a folder of the test: FOLDER start|demo [flags] */
const [folder, command, ...flags] = process.argv.slice(2);

const layout: StackLayout = {
  folder: folder!,
  logs: `${folder}/logs`,
  migrateProgram: stubProgram,
  applications: stubApplications,
};

try {
  const run = () =>
    command === 'demo' ? demoCommand(flags, layout, stubProgram) : startCommand(flags, layout);
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
