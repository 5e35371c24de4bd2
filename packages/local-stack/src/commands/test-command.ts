import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson } from '../json-file.js';
import { kafkaForTests } from '../kafka/kafka-for-tests.js';
import { KAFKA_ON_DEMAND_SETTING, KafkaOnDemand } from '../kafka/kafka-on-demand.js';
import { findPrometheus } from '../observe/find-prometheus.js';
import { ProcessGroup } from '../processes/process-group.js';
import { supervise } from '../processes/supervise.js';
import { removeStaleTemporaryFolders, temporaryFolder } from '../processes/temporary-folder.js';
import { repositoryRoot } from '../repository-root.js';
import { provideServers, withAddresses } from '../servers/provide-servers.js';
import { thisMachine } from '../servers/this-machine.js';
import { countLine } from './count-line.js';
import { COUNT_FILE_SETTING, type JestResults } from './count-reporter.js';

const JEST_GRACE_MS = 10_000;

/**
 * Runs Jest in a folder (the repository: all packages; a package: only that one) beside private servers that
 * live as long as the run; a Kafka broker is started where a test asks for one. Its last line is `N passed, N failed`.
 * @param jestArgs passed on to Jest
 * @returns the exit status
 */
export async function testCommand(jestArgs: string[], folder = process.cwd()): Promise<number> {
  removeStaleTemporaryFolders();
  const group = new ProcessGroup();
  const temporary = temporaryFolder('test');
  const kafka = new KafkaOnDemand(kafkaForTests(temporary.path, process.env, group));
  const countFile = join(temporary.path, 'counts.json');
  const runStatus = await supervise(
    group,
    async () => {
      const place = { folder: temporary.path, logs: join(temporary.path, 'logs') };
      const addresses = await provideServers(place, process.env, group, console.log);
      // Before the tests, since two of them at once could not install it; whoever needs it says where it is missing.
      await findPrometheus('promtool', thisMachine(group, join(place.logs, 'install.log'))).catch(() => {});
      return group.runForStatus({
        name: 'jest',
        command: process.execPath,
        args: jestCommandLine(folder, jestArgs),
        cwd: folder,
        env: {
          ...withAddresses(process.env, addresses),
          [COUNT_FILE_SETTING]: countFile,
          [KAFKA_ON_DEMAND_SETTING]: await kafka.listen(),
        },
        graceMs: JEST_GRACE_MS,
      });
    },
    1,
  );
  const { line, status } = countLine(readJson<JestResults>(countFile), runStatus);
  kafka.close();
  temporary.remove();
  for (const said of await kafka.describe()) console.log(said);
  console.log(line);
  return status;
}

/** Exported for its tests. */
export function jestCommandLine(folder: string, jestArgs: string[]): string[] {
  const reporter = fileURLToPath(new URL('./count-reporter.js', import.meta.url));
  const namesWorkers = jestArgs.some((arg) => /^(-i|-w|--runInBand|--maxWorkers)/.test(arg));
  return [
    // The first makes Jest load ES modules, the second spares the warning about it; workers inherit both.
    ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    join(repositoryRoot, 'node_modules/jest/bin/jest.js'),
    ...['--config', join(repositoryRoot, 'jest.config.js'), '--rootDir', folder],
    ...['--reporters=default', `--reporters=${reporter}`],
    ...(namesWorkers ? [] : ['--maxWorkers=2']),
    ...jestArgs,
  ];
}
