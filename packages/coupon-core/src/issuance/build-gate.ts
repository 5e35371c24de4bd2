import { type Coupon, capacityInForce, gateView, settledTickets } from '../coupon/coupon.js';
import type { Claimant } from '../coupon/ids.js';
import type { BuiltGate, Claim, ClaimOfUser, ClaimStage, StagedGate } from './gate.js';
import { nameOf, type RebuildRows, type TicketOfUser } from './issue-store.js';
import { REOPEN_DELAY_MS } from './leases.js';

export type GateDelays = Pick<BuiltGate, 'settlementMs' | 'reopenDelayMs'>;

/** How long a rebuilt gate keeps people out. */
export const REBUILD_DELAYS: GateDelays = { settlementMs: 5_000, reopenDelayMs: REOPEN_DELAY_MS };
export const NO_DELAYS: GateDelays = { settlementMs: 0, reopenDelayMs: 0 };

/** Without a total nothing says how many will come; so many fill as many buckets as such a coupon begins with. */
const CLAIMS_OF_UNLIMITED = 102_400;

/** How many claims the new gate has room for. */
export function claimsExpected({ totalQuantity, returned, issuedQuantity }: Coupon): number {
  return Math.max(issuedQuantity, totalQuantity === null ? CLAIMS_OF_UNLIMITED : totalQuantity + returned);
}

/** A gate for the claims that were staged. */
export function builtGate(
  coupon: Coupon,
  staged: StagedGate,
  unsettled: number,
  delays: GateDelays,
): BuiltGate {
  // Units that are neither issued nor promised stay free; every other one counts as a ticket given.
  const admitted = settledTickets(coupon) + unsettled;
  const view = gateView(coupon);
  view.capacity = capacityInForce(view, admitted);
  return { ...staged, view, admitted, unsettled, ...delays };
}

/**
 * Rows and survivors become the claims of a new gate, a page at a time, so that the memory it takes does not grow
 * with the coupon. The row of a user comes before any survivor, and a survivor before a later one.
 * @returns how many claims there are, and how many tickets have neither a row nor a note
 */
export async function loadClaims(
  rows: Pick<RebuildRows, 'claims' | 'deadLetters' | 'findVoided'>,
  survivors: AsyncIterable<readonly ClaimOfUser[]>,
  stage: ClaimStage,
): Promise<{ claims: number; unsettled: number }> {
  let claims = 0;
  for await (const page of rows.claims()) {
    await stage.put(page);
    claims += page.length;
  }
  let unsettled = 0;
  /** Tickets whose holder has another claim: nothing in the stage says that they were counted. */
  const besides = new Set<string>();
  for (const source of [survivors, rows.deadLetters()]) {
    for await (const page of source) {
      const known = await stage.find(page.map(({ userId }) => userId));
      const merged = mergeSurvivors(known, page);
      const voided = await rows.findVoided([...merged.newTickets, ...merged.besides]);
      await stage.put(merged.added);
      claims += merged.added.length;
      unsettled += merged.newTickets.filter((ticket) => !voided.has(nameOf(ticket))).length;
      for (const name of merged.besides.map(nameOf)) if (!voided.has(name)) besides.add(name);
    }
  }
  await stage.countSeveral();
  return { claims, unsettled: unsettled + besides.size };
}

/**
 * What a page of survivors adds to the claims that are known. A ticket that is known already was counted when it was
 * added, or needs no counting because a row was made from it.
 */
export function mergeSurvivors(
  known: ReadonlyMap<Claimant, Claim>,
  page: readonly ClaimOfUser[],
): { added: ClaimOfUser[]; newTickets: TicketOfUser[]; besides: TicketOfUser[] } {
  const held = new Map(known);
  const added: ClaimOfUser[] = [];
  const newTickets: TicketOfUser[] = [];
  const besides: TicketOfUser[] = [];
  for (const { userId, claim } of page) {
    const earlier = held.get(userId);
    if (!earlier) {
      // A claim keeps the epoch and ticket that it was given: its receipt and its row name them.
      held.set(userId, claim);
      added.push({ userId, claim });
    }
    if (claim.kind !== 'TICKET' || isSameTicket(earlier, claim)) continue;
    (earlier ? besides : newTickets).push({ userId, epoch: claim.epoch, ticket: claim.ticket });
  }
  return { added, newTickets, besides };
}

function isSameTicket(earlier: Claim | undefined, { epoch, ticket }: Claim & { kind: 'TICKET' }): boolean {
  return earlier?.kind === 'TICKET' && earlier.epoch === epoch && earlier.ticket === ticket;
}
