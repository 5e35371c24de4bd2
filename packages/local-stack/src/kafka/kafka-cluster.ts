import { join } from 'node:path';
import kafkajs, { type Admin } from 'kafkajs';
import { freePorts } from '../processes/free-port.js';
import type { ProcessGroup } from '../processes/process-group.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { type LocalServer, startServer } from '../servers/local-server.js';
import { brokerSettings } from './broker-settings.js';
import { type JavaProgram, javaBroker } from './java-broker.js';
import { askKafka, brokerUrl } from './probe-kafka.js';

/** A topic of one partition, as the cluster sees it. */
export interface TopicState {
  leader: LocalServer;
  copies: number;
  copiesInSync: number;
  /** `min.insync.replicas`. */
  copiesDemanded: number;
}

const HEAP_MB = 160;
const { TOPIC } = kafkajs.ConfigResourceTypes;
/** A broker that is asked to end wants a controller's leave, and waits for ever where the others have ended before. */
const STOP_GRACE_MS = 1_000;

/** Brokers for one test, each of them a controller too; their data end with them. Of three any one may be killed. */
export class KafkaCluster {
  /** `host:port` each, separated by commas. */
  readonly brokers: string;

  private constructor(
    readonly servers: readonly LocalServer[],
    private readonly folder: TemporaryFolder,
  ) {
    this.brokers = servers.map(({ url }) => url).join();
  }

  /** @returns when each of them knows all of them */
  static async start(program: JavaProgram, count: number, group: ProcessGroup): Promise<KafkaCluster> {
    const folder = temporaryFolder('kafka-cluster');
    const ports = await freePorts(2 * count);
    const nodes = Array.from({ length: count }, (_, i) => ({
      port: ports[2 * i]!,
      controllerPort: ports[2 * i + 1]!,
    }));
    const starting = nodes.map(async ({ port }, i) => {
      const number = i + 1;
      const dataDir = join(folder.path, `${number}`);
      const common = { name: `kafka-${number}`, graceMs: STOP_GRACE_MS, logFile: `${dataDir}.log` };
      const settings = brokerSettings(nodes, number);
      const spec = await javaBroker(program, { dataDir, settings, heapMb: HEAP_MB, common }, group);
      return startServer(
        { port, url: brokerUrl, probe: (url) => knows(url, count), spec: () => spec },
        group,
      );
    });
    try {
      return new KafkaCluster(await Promise.all(starting), folder);
    } catch (error) {
      await group.stopAll();
      await Promise.allSettled(starting);
      folder.remove();
      throw error;
    }
  }

  /** @throws where it has no leader at the moment, or there is no such topic */
  async topic(topic: string): Promise<TopicState> {
    const question = async (admin: Admin) => {
      const resources = [{ type: TOPIC, name: topic, configNames: ['min.insync.replicas'] }];
      const described = await admin.describeConfigs({ includeSynonyms: false, resources });
      return { ...(await admin.fetchTopicMetadata({ topics: [topic] })), ...described };
    };
    const { topics, resources } = await askKafka(this.brokers, question);
    const { leader: number, replicas, isr } = topics[0]!.partitions[0]!;
    const leader = this.servers[number - 1];
    if (!leader) throw new Error(`${topic} has no leader.`);
    const copiesDemanded = Number(resources[0]!.configEntries[0]!.configValue);
    return { leader, copies: replicas.length, copiesInSync: isr.length, copiesDemanded };
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill('SIGKILL')));
    this.folder.remove();
  }
}

/** Who makes topics counts the brokers, and one that came late would have no copy. */
async function knows(url: string, all: number): Promise<void> {
  const { brokers } = await askKafka(url, (admin) => admin.describeCluster());
  if (brokers.length < all) throw new Error(`${url} knows ${brokers.length} of ${all} brokers.`);
}
