import type { AppDefinition } from './app-definition.js';

/** One process of an application. */
export interface AppProcess {
  app: AppDefinition;
  /** The application's own name; from the second process on with a number behind it. */
  name: string;
  port: number;
  /** What only this process gets, beside its port. */
  settings: Record<string, string>;
}
