import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessSpec } from '../processes/managed-process.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { repositoryRoot } from '../repository-root.js';
import { KAFKA_VERSION, settingsFile } from './broker-settings.js';
import type { JavaAndMaven } from './kafka-source.js';

/** What runs a broker on this machine, once the jars are there. */
export interface JavaProgram {
  java: string;
}

export interface JavaBroker {
  /** The data and the settings go there; data of an earlier broker are used as they are. */
  dataDir: string;
  settings: Record<string, string>;
  heapMb: number;
  common: Pick<ProcessSpec, 'name' | 'graceMs' | 'logFile'>;
}

export const MAVEN_TITLE = `Apache Kafka ${KAFKA_VERSION}, fetched by Maven`;
const MAVEN_GRACE_MS = 60_000;
/** Any of the right length; a private cluster meets no other. */
export const CLUSTER_ID = 'ZmNmcy1jb3Vwb25zLWthZg';
const POM = join(repositoryRoot, 'packages/local-stack/kafka/pom.xml');
/** Beside the other things that an installation fetches, and as easily thrown away. */
const JARS = join(repositoryRoot, 'node_modules/.cache', `kafka-${KAFKA_VERSION}`);

/** Maven fetches into a folder of the checkout; the file that says so is written last. */
export async function fetchJars(
  { java, maven }: JavaAndMaven,
  group: ProcessGroup,
  logFile: string,
): Promise<JavaProgram> {
  const done = join(JARS, '.complete');
  if (existsSync(done)) return { java };
  mkdirSync(JARS, { recursive: true });
  console.log(`Fetching Apache Kafka ${KAFKA_VERSION} by Maven, 43 MB (log: ${logFile})`);
  const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`];
  await group.run({ name: 'maven', command: maven, args, graceMs: MAVEN_GRACE_MS, logFile });
  writeFileSync(done, '');
  return { java };
}

/** Writes the settings, and makes the data where there are none. @returns what starts the broker */
export async function javaBroker(
  { java }: JavaProgram,
  { dataDir, settings, heapMb, common }: JavaBroker,
  group: ProcessGroup,
): Promise<ProcessSpec> {
  const data = join(dataDir, 'logs');
  const file = join(dataDir, 'server.properties');
  mkdirSync(data, { recursive: true });
  writeFileSync(file, settingsFile({ ...settings, 'log.dirs': data }));
  const run = (main: string, ...args: string[]) => ({
    ...common,
    command: java,
    args: [...jvmFlags(heapMb), '-cp', join(JARS, '*'), main, ...args],
  });
  if (!existsSync(join(data, 'meta.properties'))) {
    const format = run('kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file);
    await group.run({ ...format, name: `${common.name}-format` });
  }
  return run('kafka.Kafka', file);
}

/** Small: it serves one machine's tests and demonstrations. */
const jvmFlags = (heapMb: number) => [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
