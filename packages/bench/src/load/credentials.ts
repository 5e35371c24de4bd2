import { userIdOf } from './request-plan.js';

/** How requests say who sends them. */
export interface Credentials {
  /** Makes whatever the first so many users need for it; before the clock starts, since it may take seconds. */
  prepare(users: number): Promise<void>;
  /** One line, without its end. */
  headerOf(user: number): string;
  readonly operatorHeaders: Readonly<Record<string, string>>;
}

/** `AUTH_MODE=dev`: everybody is who they say they are. */
export const namedCallers: Credentials = {
  prepare: async () => {},
  headerOf: (user) => `x-user-id: ${userIdOf(user)}`,
  operatorHeaders: { 'x-user-id': 'operator', 'x-roles': 'admin' },
};
