/** The package has types, but its `exports` hide them; these are the ones in use. */
declare module 'redlock' {
  import type { Redis } from 'ioredis';

  export class ResourceLockedError extends Error {}

  export class ExecutionError extends Error {
    readonly attempts: readonly Promise<{ readonly votesAgainst: ReadonlyMap<Redis, Error> }>[];
  }

  export interface Lock {
    release(): Promise<unknown>;
    /** The lock it was ends with this: the one that is answered goes on. */
    extend(durationMs: number): Promise<Lock>;
  }

  export default class Redlock {
    constructor(clients: Iterable<Redis>, settings: { retryCount: number });
    acquire(keys: string[], durationMs: number): Promise<Lock>;
  }
}
