import type { IncomingHttpHeaders } from 'node:http';
import type { UserId } from 'coupon-core';

export const ROLES = ['admin', 'service'] as const;
export type Role = (typeof ROLES)[number];

export type AuthMode = 'dev' | 'jwt';

/** Who sends a request, and what they may do beyond what every user may. */
export interface Caller {
  readonly userId: UserId;
  readonly roles: ReadonlySet<Role>;
}

/** Tells who is calling. Which implementation does is chosen once, when the process starts. */
export abstract class Callers {
  abstract readonly mode: AuthMode;

  /**
   * A promise only where the answer has to be waited for, since most requests of a rush need none.
   * Throws, or rejects with, `RequestRefused`.
   */
  abstract callerOf(headers: IncomingHttpHeaders): Caller | Promise<Caller>;

  close(): void {}
}

/** Most callers have no roles: they share this one. */
const NO_ROLES: ReadonlySet<Role> = new Set();

/** Names that mean nothing here are passed over. */
export function rolesNamed(names: readonly unknown[]): ReadonlySet<Role> {
  return names.length === 0 ? NO_ROLES : new Set(ROLES.filter((role) => names.includes(role)));
}
