import { mkdirSync, writeFileSync } from 'node:fs';
import type { ProcessGroup } from '../processes/process-group.js';
import { dockerRun } from './docker-run.js';
import { initialiseMysql, refuseDataOfOther } from './initialise-mysql.js';
import { type LocalServer, type ServerPlan, startServer } from './local-server.js';
import { mysqlProgram } from './mysql-program.js';
import { probeMysql } from './probes.js';
import { findServerSource } from './server-source.js';
import { thisMachine } from './this-machine.js';

export interface MysqlOptions {
  /** An absolute path; made and initialised where it is missing. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** Default: beside the data folder, with the ending `.log`. */
  logFile?: string;
}

const DATABASE = 'fcfs';
const IMAGE = 'mysql:8.4';
/** A full buffer pool has to reach a slow disk. */
const STOP_GRACE_MS = 120_000;

const SETTINGS = [
  '--character-set-server=utf8mb4',
  // For 32 API and 32 consumer processes with pools of the usual size.
  '--max-connections=700',
  '--innodb-buffer-pool-size=512M',
  '--innodb-flush-log-at-trx-commit=1',
  // A commit can be read before it is on the disk, and be gone after a crash, unless the binary log is written first.
  '--log-bin=binlog',
  '--sync-binlog=1',
  // Nobody replicates from it.
  '--max-binlog-size=64M',
  '--binlog-expire-logs-seconds=60',
  '--skip-name-resolve',
  // Only MySQL has it, and it would take a fixed port.
  '--loose-mysqlx=OFF',
];

/**
 * Run at each start. Without name resolving a client from 127.0.0.1 is not "localhost", so the account that the
 * initialisation makes would not do.
 */
const INIT_SQL = [
  "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';",
  "ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '';",
  "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
  `CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4;`,
];

export async function startMysql(options: MysqlOptions, group: ProcessGroup): Promise<LocalServer> {
  const logFile = options.logFile ?? `${options.dataDir}.log`;
  const common = { name: 'mysql', graceMs: STOP_GRACE_MS, logFile };
  const source = await findServerSource('mysql', thisMachine(group, logFile));
  const plan = { port: options.port, probe: probeMysql, url: (port: number) => address(port) };
  if (source.from === 'docker') {
    refuseDataOfOther('mysql', options.dataDir);
    return startServer({ ...plan, spec: (port) => containerSpec(port, options.dataDir, common) }, group);
  }
  const program = mysqlProgram(source.path);
  const env = { ...process.env, TMPDIR: temporaryFilesOf(options.dataDir) };
  refuseDataOfOther(program.flavour, options.dataDir);
  await initialiseMysql(program, options.dataDir, (commandLine) =>
    group.run({ ...common, ...commandLine, name: 'mysql-initialise', env }),
  );
  const initFile = `${options.dataDir}.init.sql`;
  writeFileSync(initFile, `${INIT_SQL.join('\n')}\n`);
  const spec: ServerPlan['spec'] = (port) => ({
    ...common,
    env,
    command: program.server,
    args: [
      ...program.serverArgs,
      ...[`--datadir=${options.dataDir}`, `--port=${port}`, '--bind-address=127.0.0.1'],
      // Relative to the data folder: a socket's whole path may have about 100 characters.
      ...['--socket=mysql.sock', '--pid-file=mysql.pid', `--init-file=${initFile}`],
      ...SETTINGS,
    ],
  });
  return startServer({ ...plan, spec }, group);
}

/** A starting MariaDB removes temporary tables from this folder, also those of others that share it. */
function temporaryFilesOf(dataDir: string): string {
  const folder = `${dataDir}.tmp`;
  mkdirSync(folder, { recursive: true });
  return folder;
}

function address(port: number): string {
  return `mysql://root@127.0.0.1:${port}/${DATABASE}`;
}

function containerSpec(
  port: number,
  dataDir: string,
  common: { name: string; graceMs: number; logFile: string },
) {
  return dockerRun({
    ...common,
    image: IMAGE,
    port,
    containerPort: 3306,
    dataDir,
    containerDataDir: '/var/lib/mysql',
    env: { MYSQL_ALLOW_EMPTY_PASSWORD: 'yes', MYSQL_DATABASE: DATABASE },
    args: SETTINGS,
  });
}
