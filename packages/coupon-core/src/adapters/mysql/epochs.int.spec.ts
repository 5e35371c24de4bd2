import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import { nameOf } from '../../issuance/issue-store.js';
import { couponId, user } from '../../testing/a-coupon.js';
import { allOf } from '../../testing/all-of.js';
import { anEntry } from '../../testing/an-entry.js';
import { finalRows, openCoupon, readCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';
import { MysqlIssueStore } from './issue-store.mysql.js';

let database: TestDatabase;
let store: MysqlIssueStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  store = new MysqlIssueStore(database.unitOfWork());
});

afterAll(() => database?.drop());

const open = async (row: Record<string, unknown> = {}): Promise<CouponId> =>
  (await openCoupon(database, {}, row)).id;
const epochOf = async (id: CouponId) => (await readCoupon(database, id)).epoch;
const mint = async (id: CouponId): Promise<number> => {
  const epoch = await store.mintEpoch(id);
  if (epoch === null) throw new Error('No epoch was minted.');
  return epoch;
};
/** What the rows say at the activation, all of it; null where it was refused. */
async function activate(id: CouponId, epoch: number) {
  const rows = await store.activateEpoch(id, epoch);
  if (!rows) return null;
  const { coupon } = rows;
  const claims = await allOf(rows.claims());
  const deadLetters = await allOf(rows.deadLetters());
  await rows.close();
  return { coupon, claims, deadLetters };
}

describe('minting an epoch', () => {
  it('gives each of many at once another one, without a gap, and activates none', async () => {
    const id = await open();
    const minted = await Promise.all(Array.from({ length: 12 }, () => mint(id)));
    expect(minted.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 2));
    expect(await epochOf(id)).toBe(1);
  });

  it('is for coupons that exist', async () => {
    expect(await store.mintEpoch(couponId(999_999))).toBeNull();
  });
});

describe('activating an epoch', () => {
  it('is for the last one that was minted, once, and only upwards', async () => {
    const id = await open();
    const [second, third] = [await mint(id), await mint(id)];
    expect(await activate(id, second)).toBeNull();
    expect(await activate(id, third)).toMatchObject({
      coupon: { epoch: third },
    });
    expect(await activate(id, third)).toBeNull();
    expect(await activate(id, second)).toBeNull();
    expect(await activate(id, third + 1)).toBeNull();
    expect(await epochOf(id)).toBe(third);
  });

  it('succeeds for one of many rebuilds that race, and that is the last one minted', async () => {
    const id = await open();
    const rebuild = async () => {
      const epoch = await mint(id);
      return (await activate(id, epoch)) ? epoch : 0;
    };
    const activated = (await Promise.all(Array.from({ length: 10 }, rebuild))).filter((epoch) => epoch > 0);
    // Earlier ones may have been activated before the next was minted, but never out of order.
    expect(Math.max(...activated)).toBe(11);
    expect(await epochOf(id)).toBe(11);
  });

  it('knows the first gate of a coupon by the epoch before it', async () => {
    const id = await open({ epoch: 0, epoch_minted: 0 });
    expect(await activate(id, await mint(id))).toMatchObject({
      coupon: { epoch: 1 },
    });
  });

  it('raises the version of the gate, so that the sweeper repeats what a lost switch would have said', async () => {
    const id = await open();
    const { gateVersion } = await readCoupon(database, id);
    const rows = await activate(id, await mint(id));
    expect(rows?.coupon.gateVersion).toBe(gateVersion + 1);
    expect(await readCoupon(database, id)).toEqual(rows?.coupon);
  });

  it('reads rows, voids and dead letters of this coupon, as they were made', async () => {
    const [id, other] = [await open(), await open()];
    await store.issueNow(id, [user('v1'), user('both')]);
    const entry = anEntry(id, ['v2', 'both'], { lost: ['lost'] });
    await store.settle(
      [entry, anEntry(other, ['other'])],
      new Map([
        [id, 1],
        [other, 1],
      ]),
    );
    const dead = anEntry(id, ['dead'], { firstTicket: 9 });
    await store.keepDeadLetters([{ entry: dead, claims: dead.claims }], 'poison');
    const rows = (await store.activateEpoch(id, await mint(id)))!;
    expect(await allOf(rows.claims())).toEqual([
      { userId: 'both', claim: { kind: 'V1' } },
      { userId: 'lost', claim: { kind: 'LOST' } },
      { userId: 'v1', claim: { kind: 'V1' } },
      { userId: 'v2', claim: { kind: 'TICKET', epoch: 1, ticket: 1 } },
    ]);
    const ticketOf = (name: string, ticket: number) => ({ userId: user(name), epoch: 1, ticket });
    const asked = [ticketOf('v2', 1), ticketOf('both', 2), ticketOf('somebody', 2), ticketOf('dead', 9)];
    expect(await rows.findVoided(asked)).toEqual(new Set([nameOf(ticketOf('both', 2))]));
    expect(await allOf(rows.deadLetters())).toEqual([
      { userId: 'dead', claim: { kind: 'TICKET', epoch: 1, ticket: 9 } },
    ]);
    await rows.close();
    expect(rows.coupon).toMatchObject({ issuedQuantity: 3, issuedByV1: 2, returned: 1 });
  });
});

describe('the rows of a rebuild', () => {
  it('are those of one moment, although nobody waits for them to be read', async () => {
    const id = await open();
    await store.issueNow(id, [user('before')]);
    const rows = (await store.activateEpoch(id, await mint(id)))!;
    await store.issueNow(id, [user('after')]);
    const dead = anEntry(id, ['dead']);
    await store.keepDeadLetters([{ entry: dead, claims: dead.claims }], 'poison');
    expect(rows.coupon).toMatchObject({ issuedQuantity: 1, issuedByV1: 1 });
    expect(await allOf(rows.claims())).toMatchObject([{ userId: 'before' }]);
    expect(await allOf(rows.deadLetters())).toEqual([]);
    await rows.close();
    expect(await readCoupon(database, id)).toMatchObject({ issuedQuantity: 2 });
  });

  it('give their connection back, whether they were read or not', async () => {
    const id = await open();
    // Three times as many as the pool has.
    for (let round = 0; round < 30; round += 1) {
      const rows = await store.activateEpoch(id, await mint(id));
      if (round % 2 === 0) await allOf(rows!.claims());
      await rows!.close();
    }
    expect(await epochOf(id)).toBe(31);
  });
});

describe('a batch and a rebuild at the same time', () => {
  it('end in one order or the other: what the rebuild did not read was left alone', async () => {
    const outcomes = new Set<string>();
    const ROUNDS_MAX = 60;
    for (let round = 0; round < ROUNDS_MAX && (round < 10 || outcomes.size < 2); round += 1) {
      const id = await open();
      const entry = anEntry(id, ['a']);
      const epoch = await mint(id);
      const settling = () => store.settle([entry], new Map([[id, 1]]));
      const activating = () => activate(id, epoch);
      const [settled, rows] =
        round % 2 === 0
          ? await Promise.all([settling(), activating()])
          : await Promise.all([activating(), settling()]).then(([second, first]) => [first, second] as const);
      const left = settled.leftAlone.has(entry.id);
      expect(rows?.claims).toHaveLength(left ? 0 : 1);
      expect(await finalRows(database, id)).toHaveLength(left ? 0 : 1);
      outcomes.add(left ? 'the rebuild came first' : 'the batch came first');
    }
    expect(outcomes.size).toBe(2);
  });
});
