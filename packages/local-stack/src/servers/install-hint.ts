import type { PackageKind, ServerKind } from './server-kind.js';

const TITLES: Record<ServerKind, string> = {
  mysql: 'a MySQL or MariaDB server',
  redis: 'a Redis or Valkey server',
};

const SETTINGS: Record<ServerKind, string> = {
  mysql: 'MYSQL_URL=mysql://user:password@host:3306/fcfs',
  redis: 'REDIS_URL=redis://host:6379 and CACHE_REDIS_URL=redis://host:6380',
};

const DEBIAN_PACKAGES: Record<PackageKind, string> = {
  mysql: 'mariadb-server',
  redis: 'redis-server',
  prometheus: '--no-install-recommends prometheus prometheus-node-exporter',
};

export function installCommandFor(kind: PackageKind): string {
  return `apt-get install -y ${DEBIAN_PACKAGES[kind]}`;
}

/** The one message for a machine that has neither the server nor a way to get it. */
export function installHint(kind: ServerKind, platform: NodeJS.Platform): string {
  return [
    `This needs ${TITLES[kind]}, and none was found. Choose one:`,
    ...choices(kind, platform).map((choice) => `  - ${choice}`),
    `  - name a running one: ${SETTINGS[kind]}`,
    'Then run the command again.',
  ].join('\n');
}

function choices(kind: ServerKind, platform: NodeJS.Platform): string[] {
  const docker = 'start Docker; a container is then used by itself';
  if (platform === 'darwin') return [`brew install ${kind}`, docker];
  if (platform === 'win32') {
    return [
      'start Docker Desktop; a container is then used by itself',
      `work inside WSL: sudo ${installCommandFor(kind)}`,
    ];
  }
  const rpm = kind === 'mysql' ? 'mariadb-server' : 'valkey';
  const arch = kind === 'mysql' ? 'mariadb' : 'valkey';
  return [
    `Debian, Ubuntu: sudo ${installCommandFor(kind)}`,
    `Fedora, RHEL:   sudo dnf install ${rpm}`,
    `Arch:           sudo pacman -S ${arch}`,
    `Alpine:         sudo apk add ${kind === 'mysql' ? 'mariadb' : 'redis'}`,
    docker,
  ];
}
