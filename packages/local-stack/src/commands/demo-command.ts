import { benchProgram } from '../apps/app-definition.js';
import { repositoryLayout, type StackLayout } from '../stack/stack-layout.js';
import { runLoadProgram } from './run-load-program.js';

/**
 * Runs the rush against the stack that runs, or against one that lives as long as the demo.
 * @param flags passed on to the rush
 * @returns its exit status
 */
export function demoCommand(
  flags: string[],
  layout: StackLayout = repositoryLayout,
  program = benchProgram,
): Promise<number> {
  return runLoadProgram({ program, command: 'rush', flags, env: process.env, usual: layout, own: layout });
}
