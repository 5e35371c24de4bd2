import { demoCommand } from '../commands/demo-command.js';
import { startCommand } from '../commands/start-command.js';
import type { StackLayout } from '../stack/stack-layout.js';

/** `start` and `demo` in a folder of the test, by the arguments of this process: FOLDER start|demo [flags] */
export async function runLauncher(
  parts: Pick<StackLayout, 'applications' | 'migrateProgram' | 'topicsProgram'> & { loadProgram: string },
): Promise<void> {
  const [folder, command, ...flags] = process.argv.slice(2);
  const layout: StackLayout = { ...parts, folder: folder!, logs: `${folder}/logs` };
  try {
    const run = () =>
      command === 'demo' ? demoCommand(flags, layout, parts.loadProgram) : startCommand(flags, layout);
    process.exitCode = await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  process.exit();
}
