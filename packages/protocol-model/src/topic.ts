// The topic that a campaign may have behind the gate's stream: what a relay has published survives Redis.
import type { Epoch, ProcessId } from './ids.js';
import type { Entry, TopicRecord } from './records.js';
import { note, type World } from './world.js';

export interface TopicRead {
  readonly epoch: Epoch;
  readonly batch: readonly Entry[];
  /** The offset behind the last of them. */
  readonly upTo: number;
}

/** Takes what comes next, as far as it was read from the same gate. */
export function fetchRecords({ topic }: World, consumer: ProcessId, max: number): TopicRead | null {
  const next = topic.records.slice(topic.committed, topic.committed + max);
  const [first] = next;
  if (!first) return null;
  topic.owner = consumer;
  const others = next.findIndex(({ readFrom }) => readFrom !== first.readFrom);
  const batch = next.slice(0, others < 0 ? next.length : others).map(({ entry }) => ({ ...entry }));
  return { epoch: first.readFrom, batch, upTo: topic.committed + batch.length };
}

/** The broker refuses it from whoever lost the partition meanwhile. */
export function commitOffset({ topic }: World, consumer: ProcessId, upTo: number): void {
  if (topic.owner === consumer) topic.committed = Math.max(topic.committed, upTo);
}

export function append({ topic }: World, records: readonly TopicRecord[]): void {
  topic.records.push(...records);
}

/** What a relay sent long ago arrives. */
export function land(world: World): boolean {
  const records = world.topic.underWay.shift();
  if (!records) return false;
  note(world, 'records landed late');
  append(world, records);
  return true;
}

/** Entries that no consumer has settled yet, as far as the group knows. */
export const unconsumed = ({ topic }: World): Entry[] =>
  topic.records.slice(topic.committed).map(({ entry }) => entry);
