import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  type BatchHandler,
  type Consumer,
  MessageBroker,
  type OutgoingMessage,
  type ReceivedMessage,
} from '../broker.js';

const BATCH_MAX = 100;
const LOOK_EVERY_MS = 1;

interface Partition {
  messages: ReceivedMessage[];
  /** Per group: how many are acknowledged, and whether somebody reads. */
  groups: Map<string, { acknowledged: number; isRead: boolean }>;
}

/** For unit tests: keeps everything in this process, and passes the same suite as the real ones. */
export class InMemoryBroker extends MessageBroker {
  private readonly topics = new Map<string, Partition[]>();

  constructor(private readonly partitions = 2) {
    super();
  }

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    const partitions = this.topic(topic);
    for (const message of messages) {
      const partition = crc32(message.key) % this.partitions;
      const { messages: kept } = partitions[partition]!;
      kept.push({ ...message, topic, partition, position: String(kept.length) });
    }
  }

  async consume(topic: string, group: string, handle: BatchHandler): Promise<Consumer> {
    const state = { isClosing: false };
    const loops = this.topic(topic).map((partition) => read(partition, group, handle, state));
    return {
      close: async () => {
        state.isClosing = true;
        await Promise.all(loops);
      },
    };
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.topics.clear();
  }

  private topic(name: string): Partition[] {
    const known = this.topics.get(name);
    if (known) return known;
    const made = Array.from({ length: this.partitions }, () => ({ messages: [], groups: new Map() }));
    this.topics.set(name, made);
    return made;
  }
}

async function read(
  { messages, groups }: Partition,
  group: string,
  handle: BatchHandler,
  state: { isClosing: boolean },
): Promise<void> {
  const place = groups.get(group) ?? { acknowledged: 0, isRead: false };
  groups.set(group, place);
  for (; !state.isClosing; await sleep(LOOK_EVERY_MS)) {
    const batch = messages.slice(place.acknowledged, place.acknowledged + BATCH_MAX);
    if (place.isRead || batch.length === 0) continue;
    place.isRead = true;
    try {
      place.acknowledged += await handle({
        messages: batch,
        heartbeat: async () => undefined,
        isStale: () => state.isClosing,
      });
    } catch {
      // As with a broker: what is not acknowledged comes again.
    } finally {
      place.isRead = false;
    }
  }
}
