import { type Admin, Kafka, logLevel } from 'kafkajs';

const WAIT_MS_MAX = 5_000;

export const brokerUrl = (port: number): string => `127.0.0.1:${port}`;

/** Resolves when one of the brokers knows the cluster. @param addresses `host:port`, separated by commas */
export async function probeKafka(addresses: string): Promise<void> {
  await askKafka(addresses, (admin) => admin.describeCluster());
}

/**
 * One question over a connection of its own.
 * @throws where no broker answers it
 */
export async function askKafka<T>(addresses: string, question: (admin: Admin) => Promise<T>): Promise<T> {
  const brokers = addresses.split(',').map((address) => address.trim());
  const kafka = new Kafka({
    brokers,
    clientId: 'probe',
    logLevel: logLevel.NOTHING,
    connectionTimeout: WAIT_MS_MAX,
    requestTimeout: WAIT_MS_MAX,
    // Each of them goes on to the next broker.
    retry: { retries: brokers.length },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await question(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
