import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandLine, MysqlFlavour, MysqlProgram } from './mysql-program.js';

/**
 * Makes a data folder where there is none. It is made under another name first: one that was made only half is
 * never taken for a whole one.
 * @param run rejects when the command fails
 */
export async function initialiseMysql(
  program: MysqlProgram,
  dataDir: string,
  run: (commandLine: CommandLine) => Promise<void>,
): Promise<void> {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) return;
  const unfinished = `${dataDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await run(program.initialise(unfinished));
  renameSync(unfinished, dataDir);
}

/**
 * Neither server can read the other's files, and each would say so in a way that nobody understands.
 * @throws when the data folder was made by the other one
 */
export function refuseDataOfOther(flavour: MysqlFlavour, dataDir: string): void {
  const made = madeBy(dataDir);
  if (made === undefined || made === flavour) return;
  throw new Error(
    `${dataDir} was made by ${made}, but the server found now is ${flavour}. ` +
      'Bring that server back, or remove the data (start --reset).',
  );
}

function madeBy(dataDir: string): MysqlFlavour | undefined {
  if (existsSync(join(dataDir, 'aria_log_control'))) return 'mariadb';
  return existsSync(join(dataDir, 'mysql.ibd')) ? 'mysql' : undefined;
}
