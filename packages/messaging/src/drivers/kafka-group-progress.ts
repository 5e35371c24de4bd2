import kafkajs, { type Admin, type PartitionerArgs } from 'kafkajs';
import { kafkaClient, type Patience, reaching } from './kafka.js';

/** Messages of a partition that the group has not acknowledged. */
export interface PartitionLag {
  partition: number;
  messages: number;
}

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, bigint>;

const choosePartition = kafkajs.Partitioners.DefaultPartitioner();

/** How far a group has come with a topic; every method throws `BrokerAway`. */
export class GroupProgress {
  private admin: Promise<Admin> | null = null;

  constructor(
    private readonly brokers: readonly string[],
    private readonly topic: string,
    readonly group: string,
    private readonly patience?: Patience,
  ) {}

  /** Behind the last message that is acknowledged to its sender: of each partition, or of the one for this key. */
  async ends(key?: string): Promise<Offsets> {
    const ends = (await this.offsets()).map(({ partition, high }) => [partition, BigInt(high)] as const);
    const partition = key === undefined ? null : partitionOf(key, ends.length);
    return new Map(ends.filter(([each]) => partition === null || each === partition));
  }

  /** Whether the group has acknowledged everything before these. */
  async hasReached(ends: Offsets): Promise<boolean> {
    const isReachedBy = (offsets: Offsets) =>
      [...ends].every(([partition, end]) => (offsets.get(partition) ?? 0n) >= end);
    return isReachedBy(await this.committed()) || isReachedBy(await this.acknowledged());
  }

  async lag(): Promise<PartitionLag[]> {
    // The group first: it never comes to stand before what the ends were.
    const reached = await this.acknowledged();
    return [...(await this.ends())].map(([partition, end]) => {
      const behind = end - (reached.get(partition) ?? 0n);
      return { partition, messages: behind > 0n ? Number(behind) : 0 };
    });
  }

  async close(): Promise<void> {
    await this.admin?.then((admin) => admin.disconnect()).catch(() => undefined);
  }

  /** A group that has acknowledged nothing yet, or less than what is kept, stands at the oldest message. */
  private async acknowledged(): Promise<Offsets> {
    const committed = await this.committed();
    return new Map(
      (await this.offsets()).map(({ partition, low }) => {
        const at = committed.get(partition) ?? -1n;
        return [partition, at > BigInt(low) ? at : BigInt(low)];
      }),
    );
  }

  private async committed(): Promise<Offsets> {
    const { topic, group } = this;
    const [of] = await this.ask((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    return new Map(of!.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  private offsets() {
    return this.ask((admin) => admin.fetchTopicOffsets(this.topic));
  }

  private ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    return reaching(async () => {
      this.admin ??= this.connect();
      return question(await this.admin);
    });
  }

  private async connect(): Promise<Admin> {
    const admin = kafkaClient(this.brokers, 'progress', this.patience).admin();
    try {
      await admin.connect();
      return admin;
    } catch (cause) {
      this.admin = null;
      throw cause;
    }
  }
}

/** Where a producer puts messages with this key, in a topic of so many partitions. */
function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 0,
  }));
  return choosePartition({ topic: '', partitionMetadata, message: { key, value: null } } as PartitionerArgs);
}
