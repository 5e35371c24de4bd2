export const KAFKA_VERSION = '4.1.1';

const COPIES = 3;

export interface BrokerNode {
  port: number;
  controllerPort: number;
  /** Default: 127.0.0.1 and the port that clients are told. */
  listenOn?: string;
}

/**
 * Of one broker, which is a controller too. Alone it has one copy of everything; of three or more, each of Kafka's own
 * topics has three copies as well. Nobody waits for others to join a group.
 * @param nodes all brokers of the cluster, whose numbers are 1, 2, 3 …
 */
export function brokerSettings(nodes: readonly BrokerNode[], number = 1): Record<string, string> {
  const { port, controllerPort, listenOn = `127.0.0.1:${port}` } = nodes[number - 1]!;
  const copies = nodes.length >= COPIES ? COPIES : 1;
  const inSync = String(Math.ceil(copies / 2));
  return {
    'process.roles': 'broker,controller',
    'node.id': String(number),
    'controller.quorum.voters': nodes.map((node, i) => `${i + 1}@127.0.0.1:${node.controllerPort}`).join(),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${listenOn},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': String(copies),
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': String(copies),
    'transaction.state.log.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    // Taken when it starts, from a heap that is hardly larger than the usual 128 MiB.
    'log.cleaner.dedupe.buffer.size': String(8 * 1_024 * 1_024),
  };
}

export const settingsFile = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
