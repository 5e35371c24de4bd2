import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';

export type AppName = 'coupon-api' | 'coupon-consumer';

/** An application of the system: a Node program that answers `GET /health/ready` on its port. */
export interface AppDefinition {
  name: string;
  /** Absolute path of the program. */
  program: string;
  /** The setting that names its port, in the environment. */
  portSetting: string;
  defaultPort: number;
  /** The setting that tells processes of one host apart, where the application has one. */
  nameSetting?: string;
}

/** In the order they are started; they are stopped in the opposite one, so that requests end first. */
export const applications: readonly AppDefinition[] = [
  { ...app('coupon-consumer', 'COUPON_CONSUMER_PORT', 9091), nameSetting: 'CONSUMER_NAME' },
  app('coupon-api', 'COUPON_API_PORT', 8080),
];

export const migrateProgram = join(repositoryRoot, 'packages/coupon-core/dist/migrate.js');
export const topicsProgram = join(repositoryRoot, 'packages/coupon-core/dist/topics.js');
export const benchProgram = join(repositoryRoot, 'packages/bench/dist/main.js');

function app(name: AppName, portSetting: string, defaultPort: number): AppDefinition {
  return {
    name,
    program: join(repositoryRoot, 'packages', name, 'dist/main.js'),
    portSetting,
    defaultPort,
  };
}
