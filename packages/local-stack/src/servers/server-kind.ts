export type ServerKind = 'mysql' | 'redis';

/** What the distribution has as packages: the servers, and what watches them. */
export type PackageKind = ServerKind | 'prometheus';
