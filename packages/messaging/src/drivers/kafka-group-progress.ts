import type { Admin } from 'kafkajs';
import { kafkaClient, reaching } from './kafka.js';

/** Messages of a partition that the group has not acknowledged. */
export interface PartitionLag {
  partition: number;
  messages: number;
}

/** Offsets by partition. */
type Offsets = ReadonlyMap<number, bigint>;

/** How far a group has come with a topic; every method throws `BrokerAway`. */
export class GroupProgress {
  private admin: Promise<Admin> | null = null;

  constructor(
    private readonly brokers: readonly string[],
    private readonly topic: string,
    readonly group: string,
  ) {}

  /** Behind the last message that is acknowledged to its sender, of each partition. */
  async ends(): Promise<Offsets> {
    return new Map((await this.offsets()).map(({ partition, high }) => [partition, BigInt(high)]));
  }

  /** Whether the group has acknowledged everything before these. */
  async hasReached(ends: Offsets): Promise<boolean> {
    const reached = await this.acknowledged();
    return [...ends].every(([partition, end]) => (reached.get(partition) ?? 0n) >= end);
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
    const { topic, group } = this;
    const [of] = await this.ask((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    const committed = new Map(of!.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return new Map(
      (await this.offsets()).map(({ partition, low }) => {
        const at = committed.get(partition) ?? -1n;
        return [partition, at > BigInt(low) ? at : BigInt(low)];
      }),
    );
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
    const admin = kafkaClient(this.brokers, 'progress').admin();
    try {
      await admin.connect();
      return admin;
    } catch (cause) {
      this.admin = null;
      throw cause;
    }
  }
}
