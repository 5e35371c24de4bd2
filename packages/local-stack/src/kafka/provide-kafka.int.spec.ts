import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProcessGroup } from '../processes/process-group.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { stubProgram } from '../testing/stub-applications.js';
import { kafkaBrokers } from './kafka-on-demand.js';
import { probeKafka } from './probe-kafka.js';
import { provideKafka } from './provide-kafka.js';

describe('the broker of a stack', () => {
  let temporary: TemporaryFolder;
  let group: ProcessGroup;
  let said: string[];

  beforeEach(() => {
    temporary = temporaryFolder('provide-kafka');
    group = new ProcessGroup();
    said = [];
  });

  afterEach(async () => {
    await group.stopAll();
    temporary.remove();
  });

  const provide = (env: NodeJS.ProcessEnv) => {
    const place = { folder: temporary.path, logs: join(temporary.path, 'logs') };
    return provideKafka(place, stubProgram, { ...process.env, ...env }, group, (line) => said.push(line));
  };
  /** What the program that makes topics was told. */
  const told = () => readFileSync(join(temporary.path, 'logs/topics.log'), 'utf8');

  it('is the one that is named', async () => {
    const named = ['127.0.0.1:1', ...(await kafkaBrokers())].join(', ');
    // One of its brokers may be away.
    expect(await provide({ KAFKA_BROKERS: named })).toBe(named);
    expect(said).toEqual([`KAFKA_BROKERS: ${named} (given; used as it is)`]);
    expect(told()).toContain(`"KAFKA_BROKERS":"${named}"`);
  });

  it('is a private one elsewhere, which answers when the topics are made', async () => {
    const brokers = await provide({ KAFKA_BROKERS: '' });
    await probeKafka(brokers);
    expect(said.join()).toContain(`Kafka: ${brokers} (pid `);
    expect(told()).toContain(`"KAFKA_BROKERS":"${brokers}"`);
    // The next start has the same data, and the same ports for them.
    expect(readFileSync(join(temporary.path, 'ports.json'), 'utf8')).toContain(brokers.split(':')[1]);
  });
});
