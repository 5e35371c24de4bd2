import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MysqlAuditLog } from '../adapters/mysql/audit-log.mysql.js';
import type { Coupon } from '../coupon/coupon.js';
import { type Gate, GateUnreachable } from '../issuance/gate.js';
import { couponId, OPERATOR, user, users } from '../testing/a-coupon.js';
import { CoreProcess } from '../testing/core-process.js';
import { readCoupon } from '../testing/coupon-rows.js';
import { FreshRedis } from '../testing/fresh-redis.js';
import { TestDatabase } from '../testing/test-database.js';
import { ChangeQuantityHandler } from './change-quantity.js';
import { ChangeQuantity, type QuantityOutcome } from './commands.js';

let database: TestDatabase;
let fresh: FreshRedis;
let core: CoreProcess;

beforeAll(async () => {
  database = await TestDatabase.create();
  fresh = await FreshRedis.create();
  // A gate that is raised sells at once here, so that nothing has to be waited for.
  core = await CoreProcess.create(database, fresh, 'one', { reopenDelayMs: 0 });
});

afterAll(async () => {
  await core?.stop();
  await fresh?.close();
  await database?.drop();
});

const change = (id: Coupon['id'], total: number | null, gate: Gate = core.gate) =>
  new ChangeQuantityHandler(core.coupons, gate).execute(new ChangeQuantity(id, total, OPERATOR));

/** Announced by somebody who then dies. */
async function announce(id: Coupon['id'], total: number): Promise<Coupon> {
  return (await core.coupons.changeTotal(id, total, OPERATOR))!.coupon;
}

const addressOf = ({ id, shard }: Coupon) => ({ couponId: id, shard });
const shortOf = (outcome: QuantityOutcome) =>
  outcome.outcome === 'REFUSED' ? outcome.code : outcome.outcome;
const totalOf = async (id: Coupon['id']) => (await readCoupon(database, id)).totalQuantity;
const capacityOf = async ({ id, shard }: Coupon) =>
  Number(await fresh.redis.hget(fresh.keys.gate(shard, id), 'capacity'));

async function claim(coupon: Coupon, count: number, prefix: string): Promise<string[]> {
  const answers = await Promise.all(
    users(count, prefix).map((name) => core.gate.claim(addressOf(coupon), name, false)),
  );
  return answers.map((answer) => (answer.outcome === 'REFUSED' ? answer.code : answer.outcome));
}

const actionsOf = async (id: Coupon['id']) =>
  (
    await new MysqlAuditLog(database.dataSource, database.unitOfWork()).list({
      couponId: id,
      beforeId: null,
      limit: 20,
    })
  )
    .map(({ action }) => action)
    .reverse();

describe('an operator who changes the total of a running coupon', () => {
  it('has an increase in force at once, in the row and at the gate', async () => {
    const coupon = await core.open({ totalQuantity: 2, issueMode: 'ASYNC' });
    expect(await claim(coupon, 3, 'a')).toEqual(['HELD', 'HELD', 'SOLD_OUT']);
    expect(await change(coupon.id, 5)).toMatchObject({ outcome: 'CHANGED', coupon: { totalQuantity: 5 } });
    expect(await capacityOf(coupon)).toBe(5);
    expect(await actionsOf(coupon.id)).toEqual(['CREATE', 'OPEN', 'CHANGE_QUANTITY']);
  });

  it('has a decrease in force where no more is given, down to the last ticket', async () => {
    const coupon = await core.open({ totalQuantity: 10, issueMode: 'ASYNC' });
    await claim(coupon, 3, 'a');
    expect(await change(coupon.id, 3)).toMatchObject({ outcome: 'CHANGED', coupon: { decrease: null } });
    expect([await totalOf(coupon.id), await capacityOf(coupon)]).toEqual([3, 3]);
    expect(await claim(coupon, 1, 'b')).toEqual(['SOLD_OUT']);
    expect(await actionsOf(coupon.id)).toEqual(['CREATE', 'OPEN', 'ANNOUNCE_DECREASE', 'CONFIRM_DECREASE']);
  });

  it('is refused a decrease below what is promised, though no row knows of it, and nothing is different then', async () => {
    const coupon = await core.open({ totalQuantity: 10, issueMode: 'ASYNC' });
    await claim(coupon, 4, 'a');
    expect(shortOf(await change(coupon.id, 3))).toBe('QUANTITY_BELOW_CLAIMED');
    expect([await totalOf(coupon.id), await capacityOf(coupon)]).toEqual([10, 10]);
    expect(await claim(coupon, 6, 'b')).not.toContain('SOLD_OUT');
    expect(await actionsOf(coupon.id)).toEqual(['CREATE', 'OPEN', 'ANNOUNCE_DECREASE', 'WITHDRAW_DECREASE']);
  });

  it('makes it unlimited and limited again', async () => {
    const coupon = await core.open({ totalQuantity: 1, issueMode: 'BOTH' });
    await claim(coupon, 1, 'a');
    await change(coupon.id, null);
    expect(await claim(coupon, 4, 'b')).not.toContain('SOLD_OUT');
    expect(shortOf(await change(coupon.id, 4))).toBe('QUANTITY_BELOW_CLAIMED');
    expect(shortOf(await change(coupon.id, 6))).toBe('CHANGED');
    expect(await claim(coupon, 2, 'c')).toEqual(['HELD', 'SOLD_OUT']);
  });

  it('asks nobody but the row where V2 does not serve the coupon', async () => {
    const coupon = await core.open({ totalQuantity: 5, issueMode: 'SYNC' });
    await core.store.issueNow(coupon.id, users(3));
    expect(shortOf(await change(coupon.id, 2))).toBe('QUANTITY_BELOW_CLAIMED');
    expect(shortOf(await change(coupon.id, 3))).toBe('CHANGED');
    expect(shortOf(await change(couponId(999_999), 3))).toBe('COUPON_NOT_FOUND');
  });
});

describe('a decrease that the gate cannot decide', () => {
  it('is withdrawn where the gate is not initialised', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    await fresh.redis.del(fresh.keys.gate(coupon.shard, coupon.id));
    expect(shortOf(await change(coupon.id, 5))).toBe('GATE_AWAY');
    expect(await readCoupon(database, coupon.id)).toMatchObject({ totalQuantity: 10, decrease: null });
  });

  it('is withdrawn where the gate has decided and the answer was lost, and the gate follows', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    const losing = {
      update: async (...asked: Parameters<Gate['update']>) => {
        await core.gate.update(...asked);
        throw new GateUnreachable('The answer was lost.');
      },
    } as unknown as Gate;
    expect(shortOf(await change(coupon.id, 5, losing))).toBe('GATE_AWAY');
    await core.sweeper.sweep();
    expect([await totalOf(coupon.id), await capacityOf(coupon)]).toEqual([10, 10]);
  });
});

describe('a decrease that was announced by somebody who died', () => {
  it('is put into force by the sweeper where it fits', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    await claim(coupon, 3, 'a');
    await announce(coupon.id, 3);
    await core.sweeper.sweep();
    expect(await readCoupon(database, coupon.id)).toMatchObject({ totalQuantity: 3, decrease: null });
    expect(await capacityOf(coupon)).toBe(3);
    const [confirmed] = await new MysqlAuditLog(database.dataSource, database.unitOfWork()).list({
      couponId: coupon.id,
      beforeId: null,
      limit: 1,
    });
    expect(confirmed).toMatchObject({ action: 'CONFIRM_DECREASE', actor: OPERATOR.userId });
  });

  it('is withdrawn by the sweeper where more is given', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    await claim(coupon, 4, 'a');
    await announce(coupon.id, 3);
    await core.sweeper.sweep();
    expect(await readCoupon(database, coupon.id)).toMatchObject({ totalQuantity: 10, decrease: null });
  });

  it('is left to the rebuild where the gate is lost, and decided by it', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    await core.store.issueNow(coupon.id, users(2));
    await announce(coupon.id, 4);
    await fresh.redis.del(fresh.keys.gate(coupon.shard, coupon.id));
    await core.sweeper.sweep();
    expect(await totalOf(coupon.id)).toBe(10);
    await core.rebuild.execute(addressOf(coupon));
    expect(await capacityOf(coupon)).toBe(2);
    await core.sweeper.sweep();
    expect(await totalOf(coupon.id)).toBe(4);
  });

  it('goes on with whoever asks for the same, and keeps others waiting', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    await announce(coupon.id, 4);
    expect(shortOf(await change(coupon.id, 20))).toBe('DECREASE_UNDER_WAY');
    expect(shortOf(await change(coupon.id, 4))).toBe('CHANGED');
  });

  it('is not ended by an answer to an earlier one', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    const earlier = await announce(coupon.id, 5);
    await core.coupons.finishDecrease(coupon.id, earlier.decrease!.id, false);
    const later = await announce(coupon.id, 4);
    await core.coupons.finishDecrease(coupon.id, earlier.decrease!.id, true);
    expect(await readCoupon(database, coupon.id)).toMatchObject({
      totalQuantity: 10,
      decrease: later.decrease,
    });
  });

  it('is what V1 issues up to meanwhile', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    await announce(coupon.id, 2);
    const result = await core.store.issueNow(coupon.id, users(3));
    const decisions = result.found ? result.decisions.map(({ outcome }) => outcome) : [];
    expect(decisions).toEqual(['ISSUED', 'ISSUED', 'REFUSED']);
  });

  it('is withdrawn where more is issued by then', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    const { decrease } = await announce(coupon.id, 2);
    await database.query('UPDATE coupons SET issued_quantity = 3 WHERE id = ?', [coupon.id]);
    await core.coupons.finishDecrease(coupon.id, decrease!.id, true);
    expect(await totalOf(coupon.id)).toBe(10);
  });
});

describe('a view that is out of date', () => {
  it('is taken for no decision: the row is read again', async () => {
    const coupon = await core.open({ totalQuantity: 10 });
    let issued = 0;
    const racing = {
      update: async (...asked: Parameters<Gate['update']>) => {
        // V1 issues, and its hint is there first.
        if (issued < 3) {
          issued += 1;
          const result = await core.store.issueNow(coupon.id, [user(`v${issued}`)]);
          if (result.found) await core.gate.update([result.update!]);
        }
        return core.gate.update(...asked);
      },
    } as unknown as Gate;
    expect(shortOf(await change(coupon.id, 5, racing))).toBe('CHANGED');
    expect(await capacityOf(coupon)).toBe(2);
  });
});
