export type ServerKind = 'mysql' | 'redis';
