import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions, Homebrew and the vendors' own packages put servers that a user's PATH does not name. */
const USUAL_FOLDERS = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/local/mysql/bin',
  ...['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'].flatMap((brew) => [
    `${brew}/bin`,
    ...['mysql', 'mysql@8.4', 'mariadb', 'redis', 'valkey'].map((formula) => `${brew}/opt/${formula}/bin`),
  ]),
];

/**
 * The first executable with one of these names: PATH first, then the usual folders; in each, the names in their
 * order.
 */
export function findBinary(
  names: readonly string[],
  path = process.env.PATH ?? '',
  usualFolders: readonly string[] = USUAL_FOLDERS,
): string | undefined {
  for (const folders of [path.split(delimiter).filter(Boolean), usualFolders]) {
    for (const name of names) {
      const found = folders.map((folder) => join(folder, name)).find(isExecutable);
      if (found) return found;
    }
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
