import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { findBinary } from './find-binary.js';
import { outsideAppArmorProfile } from './outside-app-armor-profile.js';

export type MysqlFlavour = 'mysql' | 'mariadb';

export interface CommandLine {
  command: string;
  args: string[];
}

/** How one installed server is initialised and started; MySQL and MariaDB differ in both. */
export interface MysqlProgram {
  flavour: MysqlFlavour;
  server: string;
  /** To go before all others. */
  serverArgs: string[];
  initialise(dataDir: string): CommandLine;
}

export function mysqlFlavour(server: string): MysqlFlavour {
  const version = execFileSync(server, ['--no-defaults', '--version'], { encoding: 'utf8' });
  return version.includes('MariaDB') ? 'mariadb' : 'mysql';
}

export function mysqlProgram(binary: string): MysqlProgram {
  // The servers refuse to run as root unless they are told that it is meant.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  return mysqlFlavour(binary) === 'mariadb' ? mariadb(binary, user) : mysql(binary, user);
}

function mariadb(server: string, user: string[]): MysqlProgram {
  const names = ['mariadb-install-db', 'mysql_install_db'];
  const installer = findBinary(names) ?? findBinary(names, join(dirname(server), '..', 'scripts'), []);
  return {
    flavour: 'mariadb',
    server,
    serverArgs: ['--no-defaults', ...user],
    initialise: (dataDir) => {
      if (!installer) throw new Error(`${server} is there, but neither ${names.join(' nor ')}`);
      const args = [
        ...['--auth-root-authentication-method=normal', '--skip-test-db', `--datadir=${dataDir}`],
        // Else it fails on a machine whose own name cannot be looked up, as in many containers.
        '--force',
      ];
      return { command: installer, args: ['--no-defaults', ...user, ...args] };
    },
  };
}

function mysql(binary: string, user: string[]): MysqlProgram {
  const server = outsideAppArmorProfile(binary);
  // The default is a folder that only the distribution's own account can read.
  const args = ['--no-defaults', ...user, '--secure-file-priv=NULL'];
  // A copy would look for its message files beside itself.
  if (server !== binary) args.push(`--basedir=${join(dirname(binary), '..')}`);
  return {
    flavour: 'mysql',
    server,
    serverArgs: args,
    initialise: (dataDir) => ({
      command: server,
      args: [...args, '--initialize-insecure', `--datadir=${dataDir}`],
    }),
  };
}
