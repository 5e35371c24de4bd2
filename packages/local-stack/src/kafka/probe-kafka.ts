import { Kafka, logLevel } from 'kafkajs';

const WAIT_MS_MAX = 5_000;

/** Resolves when one of the brokers knows the cluster. @param addresses `host:port`, separated by commas */
export async function probeKafka(addresses: string): Promise<void> {
  const kafka = new Kafka({
    brokers: addresses.split(','),
    clientId: 'probe',
    logLevel: logLevel.NOTHING,
    connectionTimeout: WAIT_MS_MAX,
    requestTimeout: WAIT_MS_MAX,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.describeCluster();
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
