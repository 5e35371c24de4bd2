import { applications, benchProgram, migrateProgram, topicsProgram } from '../apps/app-definition.js';
import { runLauncher } from './run-launcher.js';

/** The launcher with the real applications. */
await runLauncher({ applications, migrateProgram, topicsProgram, loadProgram: benchProgram });
