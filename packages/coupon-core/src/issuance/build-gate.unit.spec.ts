import { describe, expect, it } from '@jest/globals';
import { type Coupon, capacity, UNLIMITED_CAPACITY } from '../coupon/coupon.js';
import type { Claimant } from '../coupon/ids.js';
import { aCoupon, user } from '../testing/a-coupon.js';
import { printedSeed, seededRandom, shuffled } from '../testing/seed.js';
import { builtGate, claimsExpected, loadClaims, REBUILD_DELAYS } from './build-gate.js';
import type { Claim, ClaimOfUser, ClaimStage } from './gate.js';
import { nameOf, type TicketOfUser } from './issue-store.js';

const EPOCH = 5;
const ticket = (of: number, epoch = 4): Claim => ({ kind: 'TICKET', epoch, ticket: of });
const held = (name: string, claim: Claim): ClaimOfUser => ({ userId: user(name), claim });
const waiting = (name: string, of: number | null, epoch = 4): ClaimOfUser =>
  held(name, of === null ? { kind: 'LOST' } : ticket(of, epoch));
const settled = (name: string, of: number, epoch = 4): ClaimOfUser => held(name, ticket(of, epoch));

interface Given {
  issues: ClaimOfUser[];
  voids: TicketOfUser[];
  deadLetters: ClaimOfUser[];
}

interface Surviving {
  claims: ClaimOfUser[];
  queued: ClaimOfUser[];
}

async function* paged<T>(items: readonly T[], size: number): AsyncGenerator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** The stage as a rebuild sees it: what is put there again replaces what was there. */
function aStage(): { stage: ClaimStage; claims: Map<Claimant, Claim> } {
  const claims = new Map<Claimant, Claim>();
  const stage: ClaimStage = {
    put: async (put) => {
      for (const { userId, claim } of put) claims.set(userId, claim);
    },
    find: async (asked) => new Map([...claims].filter(([userId]) => asked.includes(userId))),
    countSeveral: async () => undefined,
  };
  return { stage, claims };
}

async function build(
  coupon: Partial<Coupon>,
  rows: Partial<Given> = {},
  survivors: Partial<Surviving> = {},
  pageSize = 2,
) {
  const { stage, claims } = aStage();
  const voids = new Set((rows.voids ?? []).map(nameOf));
  const { unsettled } = await loadClaims(
    {
      claims: () => paged(rows.issues ?? [], pageSize),
      deadLetters: () => paged(rows.deadLetters ?? [], pageSize),
      findVoided: async (tickets) => new Set(tickets.map(nameOf).filter((name) => voids.has(name))),
    },
    paged([...(survivors.claims ?? []), ...(survivors.queued ?? [])], pageSize),
    stage,
  );
  const all = aCoupon(coupon);
  const built = builtGate(
    all,
    { epoch: EPOCH, claimsExpected: claimsExpected(all) },
    unsettled,
    REBUILD_DELAYS,
  );
  return { ...built, claims: Object.fromEntries(claims) };
}

describe('a gate built from rows and survivors', () => {
  it('is empty for a new coupon', async () => {
    const coupon = aCoupon({ totalQuantity: 10 });
    expect(await build(coupon)).toMatchObject({
      epoch: EPOCH,
      admitted: 0,
      unsettled: 0,
      claims: {},
      settlementMs: 5_000,
      reopenDelayMs: 600,
      view: { capacity: 10, state: 'OPEN', version: coupon.gateVersion },
    });
  });

  it('keeps the epoch and ticket of every claim: its receipt and its row name them', async () => {
    const { claims } = await build(
      { issuedQuantity: 1 },
      { issues: [settled('row', 1, 2)], deadLetters: [waiting('dead', 2, 3)] },
      { claims: [held('bucket', ticket(3, 4))], queued: [waiting('queue', 4, 1)] },
    );
    expect(claims).toEqual({
      row: ticket(1, 2),
      dead: ticket(2, 3),
      bucket: ticket(3, 4),
      queue: ticket(4, 1),
    });
  });

  it('knows who was issued at the V1 door, and whose loss was recorded', async () => {
    const { claims, unsettled } = await build(
      { issuedQuantity: 1, issuedByV1: 1 },
      {
        issues: [held('v1', { kind: 'V1' }), held('lost', { kind: 'LOST' })],
      },
      { queued: [waiting('lost too', null)] },
    );
    expect(claims).toEqual({ v1: { kind: 'V1' }, lost: { kind: 'LOST' }, 'lost too': { kind: 'LOST' } });
    expect(unsettled).toBe(0);
  });

  it('counts as admitted capacity − (total − live − unsettled), not the claims loaded', async () => {
    const coupon = aCoupon({
      totalQuantity: 10,
      issuedQuantity: 6,
      issuedByV1: 2,
      givenBack: 1,
      returned: 3,
    });
    const survivors = { claims: [held('a', ticket(8)), held('b', ticket(9))] };
    const { admitted, unsettled } = await build(coupon, { issues: [settled('c', 1)] }, survivors);
    expect(unsettled).toBe(2);
    expect(admitted).toBe(capacity(coupon) - (10 - 5 - 2));
    // What the gate may still give is exactly what neither the rows nor a claim in flight has taken.
    expect(capacity(coupon) - admitted).toBe(10 - 5 - 2);
  });

  it('shuts out newcomers where the survivors exceed what is left, and never offers less than nothing by wrap', async () => {
    const survivors = { claims: ['a', 'b', 'c'].map((name, i) => held(name, ticket(i + 1))) };
    const { admitted, view } = await build({ totalQuantity: 2 }, {}, survivors);
    expect(admitted).toBe(3);
    expect(view.capacity).toBe(2);
  });

  it('counts one ticket once, whether it stands in a bucket, in the queue, among the dead letters, or in all', async () => {
    const { unsettled } = await build(
      {},
      { deadLetters: [waiting('a', 1)] },
      { claims: [held('a', ticket(1))], queued: [waiting('a', 1), waiting('a', 1)] },
    );
    expect(unsettled).toBe(1);
  });

  it('counts dead letters as unsettled: an operator may still issue them', async () => {
    expect(await build({ totalQuantity: 10 }, { deadLetters: [waiting('a', 1)] })).toMatchObject({
      unsettled: 1,
      admitted: 1,
    });
  });

  it('counts neither tickets that have a row nor tickets that were voided', async () => {
    const { unsettled, claims } = await build(
      { issuedQuantity: 1 },
      { issues: [settled('a', 1)], voids: [{ userId: user('b'), epoch: 4, ticket: 2 }] },
      { claims: [held('a', ticket(1)), held('b', ticket(2))], queued: [waiting('b', 2)] },
    );
    expect(unsettled).toBe(0);
    // The claim itself stays known, so that its holder is not admitted a second time.
    expect(claims.b).toEqual(ticket(2));
  });

  it('takes the row before a survivor, whose own ticket still waits to be voided', async () => {
    const { claims, unsettled } = await build(
      { issuedQuantity: 1, issuedByV1: 1 },
      { issues: [held('a', { kind: 'V1' })] },
      { claims: [held('a', ticket(1))], queued: [waiting('a', 1)] },
    );
    expect(claims).toEqual({ a: { kind: 'V1' } });
    expect(unsettled).toBe(1);
  });

  it('tells tickets of different epochs apart, and tickets of different users', async () => {
    const { unsettled } = await build(
      {},
      { issues: [settled('a', 1, 3)] },
      { queued: [waiting('a', 1, 4), waiting('b', 1, 4), waiting('b', 1, 3)] },
    );
    expect(unsettled).toBe(3);
  });

  it('counts live and unsettled where there is no limit', async () => {
    const coupon = { totalQuantity: null, issuedQuantity: 6, givenBack: 1 };
    expect(await build(coupon, {}, { queued: [waiting('a', 1)] })).toMatchObject({
      admitted: 6,
      view: { capacity: UNLIMITED_CAPACITY },
    });
  });
});

describe('whatever the pages are', () => {
  /** The definition, word by word, with everything in memory. */
  function byDefinition(issues: ClaimOfUser[], voids: TicketOfUser[], survivors: ClaimOfUser[]) {
    const claims = new Map<Claimant, Claim>();
    const done = new Set(voids.map(nameOf));
    const unsettled = new Set<string>();
    const nameOfClaim = ({ userId, claim }: ClaimOfUser) =>
      claim.kind === 'TICKET' ? nameOf({ userId, epoch: claim.epoch, ticket: claim.ticket }) : null;
    for (const issue of issues) {
      claims.set(issue.userId, issue.claim);
      const name = nameOfClaim(issue);
      if (name !== null) done.add(name);
    }
    for (const survivor of survivors) {
      if (!claims.has(survivor.userId)) claims.set(survivor.userId, survivor.claim);
      const name = nameOfClaim(survivor);
      if (name !== null && !done.has(name)) unsettled.add(name);
    }
    return { claims: Object.fromEntries(claims), unsettled: unsettled.size };
  }

  it('claims and count are those of the definition (I7)', async () => {
    const random = seededRandom(printedSeed());
    const among = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
    const someClaim = (): Claim =>
      random() < 0.8 ? ticket(1 + Math.floor(random() * 3), among([3, 4])) : { kind: among(['V1', 'LOST']) };
    const some = (count: number) =>
      Array.from({ length: count }, () => held(`u${among([1, 2, 3, 4, 5])}`, someClaim()));
    for (let round = 0; round < 300; round += 1) {
      const issues = [...new Map(some(3).map((issue) => [issue.userId, issue])).values()];
      const [claims, queued, deadLetters] = [some(4), some(4), some(2)];
      const tickets = [...claims, ...queued, ...deadLetters].flatMap(({ userId, claim }) =>
        claim.kind === 'TICKET' ? [{ userId, epoch: claim.epoch, ticket: claim.ticket }] : [],
      );
      const voids = shuffled(tickets, random).slice(0, 2);
      const expected = byDefinition(issues, voids, [...claims, ...queued, ...deadLetters]);
      const built = await build(
        {},
        { issues, voids, deadLetters },
        { claims, queued },
        among([1, 2, 3, 100]),
      );
      expect(built).toMatchObject(expected);
    }
  });
});
