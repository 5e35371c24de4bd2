// The relay, where there is a topic: read from the stream, publish, and remove after the broker's acknowledgement.
import * as gate from './gate.js';
import { idsOf, type ProcessId } from './ids.js';
import type { AckFault, PublishFault } from './processes.js';
import { append } from './topic.js';
import type { World } from './world.js';

export function readForTopic(world: World, id: ProcessId, max: number): boolean {
  if (world.campaign.queue !== 'TOPIC' || world.relays[id].phase !== 'idle') return false;
  const read = gate.readBatch(world, id, max);
  if (!read) return false;
  world.relays[id] = { phase: 'read', ...read };
  return true;
}

/** Whatever it does not know of it does again, after the entries have lain idle for long enough. */
export function publish(world: World, id: ProcessId, fault: PublishFault): boolean {
  const relay = world.relays[id];
  if (relay.phase !== 'read') return false;
  const records = relay.batch.map((entry) => ({ entry, readFrom: relay.epoch }));
  if (fault === 'late') world.topic.underWay.push(records);
  else append(world, records);
  world.relays[id] = fault === 'ok' ? { ...relay, phase: 'published' } : { phase: 'idle' };
  return true;
}

export function removePublished(world: World, id: ProcessId, fault: AckFault): boolean {
  const relay = world.relays[id];
  if (relay.phase !== 'published') return false;
  if (fault !== 'lost') gate.removeRelayed(world, idsOf(relay.batch), relay.epoch);
  world.relays[id] = { phase: 'idle' };
  return true;
}

export function killRelay(world: World, id: ProcessId): boolean {
  if (world.campaign.queue !== 'TOPIC') return false;
  world.relays[id] = { phase: 'idle' };
  return true;
}
