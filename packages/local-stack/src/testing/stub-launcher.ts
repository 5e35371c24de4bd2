import { runLauncher } from './run-launcher.js';
import { stubApplications, stubProgram } from './stub-applications.js';

/** The launcher with stub applications. */
await runLauncher({
  applications: stubApplications,
  migrateProgram: stubProgram,
  topicsProgram: stubProgram,
  loadProgram: stubProgram,
});
