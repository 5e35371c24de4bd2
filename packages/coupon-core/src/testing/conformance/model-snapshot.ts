import { type HeldClaim, type IssueRow, initialisedGate, ticketKey, type World } from 'protocol-model';
import { type Snapshot, ticketName } from './snapshot.js';

/**
 * The model counts tickets on through a rebuild, the product starts anew with each epoch: what was admitted when an
 * epoch began lies between the two.
 */
export class TicketOffsets {
  private readonly offsets = new Map<number, number>([[1, 0]]);

  begin(epoch: number, admitted: number): void {
    this.offsets.set(epoch, admitted);
  }

  name(epoch: number | null, ticket: number | null): string {
    if (epoch === null || ticket === null) return '-';
    return ticketName(epoch, ticket - (this.offsets.get(epoch) ?? Number.NaN));
  }
}

export function snapshotOfModel(world: World, offsets: TicketOffsets): Snapshot {
  const { mysql, redis } = world;
  const { row } = mysql;
  return {
    row: {
      total: row.total,
      pendingTotal: row.pendingTotal,
      issued: row.issued,
      issuedByV1: row.issuedByV1,
      givenBack: row.givenBack,
      returned: row.returned,
      state: row.state,
      epoch: row.epoch,
      mintedEpoch: row.mintedEpoch,
    },
    issues: mysql.issues.map((issue) => issueText(issue, offsets)).sort(),
    voids: [...mysql.voids].map((key) => keyText(key, offsets)).sort(),
    deadLetters: [...mysql.deadLetters.values()].map((entry) => keyText(ticketKey(entry), offsets)).sort(),
    gate: gateOf(world, offsets),
    fence: redis.fence?.epoch ?? null,
    queue: redis.stream.map(({ user, epoch, ticket }) => `${user} ${offsets.name(epoch, ticket)}`),
  };
}

function gateOf(world: World, offsets: TicketOffsets): Snapshot['gate'] {
  const { gate } = world.redis;
  if (!gate) return null;
  // A claim that V1 tells of afterwards is of no use to anybody.
  const all = gate.shrunk ? [] : [...gate.claims];
  const claims = all.map(([user, held]) => `${user} ${heldText(user, held, world, offsets)}`).sort();
  return { epoch: gate.epoch, capacity: gate.capacity, state: gate.state, admitted: gate.given, claims };
}

/** A rebuild that found a row without a ticket tells from the row what it was. */
function heldText(user: string, held: HeldClaim, world: World, offsets: TicketOffsets): string {
  if (held.ticket !== null) return offsets.name(held.epoch, held.ticket);
  if (held.origin === 'LOST') return 'LOST';
  if (held.origin === 'V1') return 'V1';
  const row = world.mysql.issues.find((issue) => issue.user === user);
  return row?.status === 'REJECTED' ? 'LOST' : 'V1';
}

function issueText(issue: IssueRow, offsets: TicketOffsets): string {
  const what = issue.status === 'ISSUED' ? issue.number : issue.reason;
  const end = issue.status === 'ISSUED' && issue.cancelled ? ' CANCELLED' : '';
  return `${issue.user} ${issue.status} ${what} ${offsets.name(issue.epoch, issue.ticket)}${end}`;
}

/** `epoch:ticket:user` of the model. */
function keyText(key: string, offsets: TicketOffsets): string {
  const [epoch, ticket, user] = key.split(':');
  return `${offsets.name(Number(epoch), Number(ticket))} ${user}`;
}

export const isGateInitialised = (world: World): boolean => initialisedGate(world) !== null;
