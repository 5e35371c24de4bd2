import { installCommandFor, installHint } from './install-hint.js';
import type { PackageKind, ServerKind } from './server-kind.js';

export type ServerSource = { from: 'binary'; path: string } | { from: 'docker' };

export const SERVER_NAMES: Record<ServerKind, readonly string[]> = {
  mysql: ['mysqld', 'mariadbd'],
  redis: ['redis-server', 'valkey-server'],
};

/** What the choice depends on. */
export interface Machine {
  platform: NodeJS.Platform;
  findBinary(names: readonly string[]): string | undefined;
  dockerAnswers(): boolean;
  /** Whether packages can be installed without asking anybody: Debian or Ubuntu, as root. */
  canInstall(): boolean;
  install(kind: PackageKind): Promise<void>;
}

/**
 * Where a private server comes from: a binary that is there, else Docker, else the distribution's package.
 * @throws one message with the choices of this operating system
 */
export async function findServerSource(kind: ServerKind, machine: Machine): Promise<ServerSource> {
  const path = machine.findBinary(SERVER_NAMES[kind]);
  if (path) return { from: 'binary', path };
  if (machine.dockerAnswers()) return { from: 'docker' };
  if (machine.canInstall()) {
    await machine.install(kind);
    const installed = machine.findBinary(SERVER_NAMES[kind]);
    if (installed) return { from: 'binary', path: installed };
    throw new Error(
      `${installCommandFor(kind)} succeeded, but there is no ${SERVER_NAMES[kind].join(' or ')}`,
    );
  }
  throw new Error(installHint(kind, machine.platform));
}
