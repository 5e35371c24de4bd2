import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { repositoryRoot } from '../repository-root.js';
import { dockerRun } from '../servers/docker-run.js';
import { type LocalServer, startServer } from '../servers/local-server.js';
import { brokerSettings, KAFKA_VERSION, settingsFile } from './broker-settings.js';
import { findKafkaSource, type KafkaSource } from './kafka-source.js';
import { probeKafka } from './probe-kafka.js';
import { kafkaMachine } from './this-kafka-machine.js';

export interface KafkaBrokerOptions {
  /** An absolute path; made where it is missing. In Docker the data end with the container. */
  dataDir: string;
  /** Default: free ones. */
  port?: number;
  controllerPort?: number;
  /** Default: beside the data folder, with the ending `.log`. */
  logFile?: string;
}

/** A server whose `url` is `host:port`, and where it comes from in words. */
export interface LocalKafka {
  server: LocalServer;
  title: string;
}

const STOP_GRACE_MS = 60_000;
/** Any of the right length; a private cluster meets no other. */
const CLUSTER_ID = 'ZmNmcy1jb3Vwb25zLWthZg';
const POM = join(repositoryRoot, 'packages/local-stack/kafka/pom.xml');
/** Beside the other things that an installation fetches, and as easily thrown away. */
const JARS = join(repositoryRoot, 'node_modules/.cache', `kafka-${KAFKA_VERSION}`);
/** Small: it serves one machine's tests and demonstrations. */
const JVM_FLAGS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const url = (port: number) => `127.0.0.1:${port}`;

/** One broker in one process, which is its own controller (KRaft). */
export async function startKafka(options: KafkaBrokerOptions, group: ProcessGroup): Promise<LocalKafka> {
  const logFile = options.logFile ?? `${options.dataDir}.log`;
  const source = await findKafkaSource(kafkaMachine(group, logFile));
  const common = { name: 'kafka', graceMs: STOP_GRACE_MS, logFile };
  const plan = { port: options.port, url, probe: probeKafka };
  if (source.from === 'docker') {
    const spec = (port: number) => containerSpec(port, options.dataDir, common);
    return {
      server: await startServer({ ...plan, spec }, group),
      title: `Apache Kafka ${KAFKA_VERSION} in Docker`,
    };
  }
  await fetchJars(source, group, logFile);
  const port = options.port ?? (await freePort());
  const settings = join(options.dataDir, 'server.properties');
  await prepareData(options, port, settings, (args) =>
    group.run({ ...common, name: 'kafka-format', command: source.java, args }),
  );
  const spec = () => ({
    ...common,
    command: source.java,
    args: [...JVM_FLAGS, ...main('kafka.Kafka'), settings],
  });
  return {
    server: await startServer({ ...plan, port, spec }, group),
    title: `Apache Kafka ${KAFKA_VERSION}, fetched by Maven`,
  };
}

const main = (name: string): string[] => ['-cp', join(JARS, '*'), name];

/** Maven fetches into a folder of the checkout; the file that says so is written last. */
async function fetchJars(
  { maven }: Extract<KafkaSource, { from: 'maven' }>,
  group: ProcessGroup,
  logFile: string,
): Promise<void> {
  const done = join(JARS, '.complete');
  if (existsSync(done)) return;
  mkdirSync(JARS, { recursive: true });
  console.log(`Fetching Apache Kafka ${KAFKA_VERSION} by Maven, 43 MB (log: ${logFile})`);
  const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`];
  await group.run({ name: 'maven', command: maven, args, graceMs: STOP_GRACE_MS, logFile });
  writeFileSync(done, '');
}

async function prepareData(
  options: KafkaBrokerOptions,
  port: number,
  settings: string,
  runJava: (args: string[]) => Promise<void>,
): Promise<void> {
  const logs = join(options.dataDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const controllerPort = options.controllerPort ?? (await freePort());
  const content = { ...brokerSettings({ port, controllerPort }), 'log.dirs': logs };
  writeFileSync(settings, settingsFile(content));
  if (existsSync(join(logs, 'meta.properties'))) return;
  await runJava([
    ...JVM_FLAGS,
    ...main('kafka.tools.StorageTool'),
    'format',
    '-t',
    CLUSTER_ID,
    '-c',
    settings,
  ]);
}

function containerSpec(
  port: number,
  dataDir: string,
  common: { name: string; graceMs: number; logFile: string },
) {
  const settings = brokerSettings({ port, controllerPort: 9093, listenOn: '0.0.0.0:9092' });
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  );
  return dockerRun({
    ...common,
    image: `apache/kafka:${KAFKA_VERSION}`,
    port,
    containerPort: 9092,
    dataDir,
    env: { ...env, CLUSTER_ID },
    args: [],
  });
}
