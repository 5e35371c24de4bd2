import { randomBytes } from 'node:crypto';
import { kafkaBrokers } from 'local-stack';
import { ensureTopics, GroupProgress, KafkaBroker, type Patience } from 'messaging';
import { KafkaRelayedEntries } from '../adapters/kafka/relayed-entries.kafka.js';
import type { RequestTopic } from '../issuance/issue-requests.js';
import { eventually } from './eventually.js';

const ANSWER_MS_MAX = 500;
const HOUR_MS = 3_600_000;
const SHORT_PATIENCE = { requestMs: 30_000, retries: 2 };

/** A topic of its own for one test file, and what a process has to work with it. */
export class TestTopic {
  readonly progress: GroupProgress;
  readonly relayed: KafkaRelayedEntries;
  /** For those who want an answer. */
  readonly answered: KafkaRelayedEntries;
  /** For sending. */
  readonly broker: KafkaBroker;

  private constructor(
    readonly brokers: readonly string[],
    readonly to: RequestTopic,
    private readonly patience?: Patience,
  ) {
    this.progress = new GroupProgress(brokers, to.topic, to.group);
    this.relayed = new KafkaRelayedEntries(this.progress);
    this.answered = new KafkaRelayedEntries(this.progress, ANSWER_MS_MAX);
    this.broker = this.connect(() => undefined);
  }

  /** `brokers`: default are those of the test run. */
  static async create(
    partitions = 2,
    brokers?: readonly string[],
    deadLetters: 'WITH_COPIES' | 'WITHOUT_COPIES' = 'WITH_COPIES',
  ): Promise<TestTopic> {
    const known = brokers ?? (await kafkaBrokers());
    const topic = `requests-${randomBytes(6).toString('hex')}`;
    const plan = { partitions, retentionMs: HOUR_MS };
    const topics = deadLetters === 'WITH_COPIES' ? [topic, `${topic}.dlt`] : [topic];
    await ensureTopics(
      known,
      topics.map((name) => ({ topic: name, ...plan })),
    );
    // Whoever sends to a topic that is not there is sooner told so.
    const patience = deadLetters === 'WITH_COPIES' ? undefined : SHORT_PATIENCE;
    const made = new TestTopic(known, { topic, group: `${topic}-group` }, patience);
    // A broker that has just come up knows of no groups for some seconds.
    const isKnown = () =>
      made.progress.lag().then(
        () => true,
        () => false,
      );
    await eventually(isKnown, true);
    return made;
  }

  connect = (onConsumerEnd: (cause: Error) => void): KafkaBroker =>
    new KafkaBroker({ brokers: this.brokers, clientId: 'test', onConsumerEnd, patience: this.patience });

  async close(): Promise<void> {
    await Promise.all([this.broker.close(), this.progress.close()]);
  }
}
