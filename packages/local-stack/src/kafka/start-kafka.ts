import { freePort } from '../processes/free-port.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { dockerRun } from '../servers/docker-run.js';
import { type LocalServer, startServer } from '../servers/local-server.js';
import { brokerSettings, KAFKA_VERSION } from './broker-settings.js';
import { CLUSTER_ID, fetchJars, javaBroker, MAVEN_TITLE } from './java-broker.js';
import { findKafkaSource } from './kafka-source.js';
import { brokerUrl, probeKafka } from './probe-kafka.js';
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
const HEAP_MB = 256;

/** One broker in one process, which is its own controller (KRaft). */
export async function startKafka(options: KafkaBrokerOptions, group: ProcessGroup): Promise<LocalKafka> {
  const { dataDir } = options;
  const logFile = options.logFile ?? `${dataDir}.log`;
  const source = await findKafkaSource(kafkaMachine(group, logFile));
  const common = { name: 'kafka', graceMs: STOP_GRACE_MS, logFile };
  const plan = { port: options.port, url: brokerUrl, probe: probeKafka };
  if (source.from === 'docker') {
    const spec = (port: number) => containerSpec(port, dataDir, common);
    return {
      server: await startServer({ ...plan, spec }, group),
      title: `Apache Kafka ${KAFKA_VERSION} in Docker`,
    };
  }
  const program = await fetchJars(source, group, logFile);
  const port = options.port ?? (await freePort());
  const controllerPort = options.controllerPort ?? (await freePort());
  const settings = brokerSettings([{ port, controllerPort }]);
  const spec = await javaBroker(program, { dataDir, settings, heapMb: HEAP_MB, common }, group);
  return { server: await startServer({ ...plan, port, spec: () => spec }, group), title: MAVEN_TITLE };
}

function containerSpec(
  port: number,
  dataDir: string,
  common: { name: string; graceMs: number; logFile: string },
) {
  const settings = brokerSettings([{ port, controllerPort: 9093, listenOn: '0.0.0.0:9092' }]);
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
