import { join } from 'node:path';
import { benchProgram } from '../apps/app-definition.js';
import { withTemporaryFolder } from '../processes/temporary-folder.js';
import { repositoryLayout, type StackLayout } from '../stack/stack-layout.js';
import { runLoadProgram } from './run-load-program.js';

/**
 * Measures the figures against the stack that runs, or against a new one without data: rows and gates of earlier
 * days would be measured together with today's.
 * @param flags passed on to the figures
 * @returns their exit status
 */
export function benchCommand(
  flags: string[],
  layout: StackLayout = repositoryLayout,
  program = benchProgram,
): Promise<number> {
  return withTemporaryFolder('bench', (folder) => {
    // Production checks tokens, so that is what is measured.
    const env = { ...process.env, AUTH_MODE: process.env.AUTH_MODE || 'jwt' };
    const own = { ...layout, folder, logs: join(folder, 'logs') };
    return runLoadProgram({ program, command: 'figures', flags, env, usual: layout, own });
  });
}
