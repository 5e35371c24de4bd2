import { fileURLToPath } from 'node:url';
import type { AppDefinition } from '../apps/app-definition.js';
import { demoCommand } from '../commands/demo-command.js';
import { startCommand } from '../commands/start-command.js';
import type { StackLayout } from '../stack/stack-layout.js';

/** `start` and `demo` with stub applications, in a folder of the test: FOLDER start|demo [flags] */
const [folder, command, ...flags] = process.argv.slice(2);

const program = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const stub = (name: string, portSetting: string): AppDefinition => ({
  name,
  program: program(`stub-${name}`),
  portSetting,
  defaultPort: 1,
});
const layout: StackLayout = {
  folder: folder!,
  logs: `${folder}/logs`,
  migrateProgram: program('stub-program'),
  applications: [stub('coupon-consumer', 'COUPON_CONSUMER_PORT'), stub('coupon-api', 'COUPON_API_PORT')],
};

try {
  const run = () =>
    command === 'demo' ? demoCommand(flags, layout, program('stub-program')) : startCommand(flags, layout);
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
