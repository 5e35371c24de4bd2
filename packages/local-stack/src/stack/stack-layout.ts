import { join } from 'node:path';
import { type AppDefinition, applications, migrateProgram, topicsProgram } from '../apps/app-definition.js';
import { repositoryRoot } from '../repository-root.js';

/** What a stack is made of and where it keeps its things. Tests have one with small programs instead. */
export interface StackLayout {
  folder: string;
  logs: string;
  migrateProgram: string;
  /** Makes the topics of a Kafka cluster. */
  topicsProgram: string;
  /** In the order of their start. */
  applications: readonly AppDefinition[];
}

export const repositoryLayout: StackLayout = {
  folder: join(repositoryRoot, '.local'),
  logs: join(repositoryRoot, '.local', 'logs'),
  migrateProgram,
  topicsProgram,
  applications,
};
