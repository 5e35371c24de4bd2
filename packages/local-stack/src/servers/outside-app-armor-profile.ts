import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PROFILE = '/etc/apparmor.d/usr.sbin.mysqld';
const ENABLED = '/sys/module/apparmor/parameters/enabled';

/**
 * Ubuntu's profile for /usr/sbin/mysqld forbids data folders other than the system's. It goes by the path of the
 * program, so a copy elsewhere may use ours. Where there is no such profile, the program itself is used.
 */
export function outsideAppArmorProfile(
  server: string,
  copies = join(homedir(), '.cache', 'fcfs'),
  isConfined = server === '/usr/sbin/mysqld' && existsSync(PROFILE) && isAppArmorOn(),
): string {
  if (!isConfined) return server;
  const { size, mtimeMs } = statSync(server);
  const copy = join(copies, `mysqld-${size}-${Math.trunc(mtimeMs)}`);
  if (!existsSync(copy)) {
    mkdirSync(copies, { recursive: true });
    copyFileSync(server, `${copy}.${process.pid}`);
    renameSync(`${copy}.${process.pid}`, copy);
  }
  return copy;
}

function isAppArmorOn(): boolean {
  try {
    return readFileSync(ENABLED, 'utf8').startsWith('Y');
  } catch {
    return false;
  }
}
