import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CouponId } from '../../coupon/ids.js';
import { openCoupon } from '../../testing/coupon-rows.js';
import { TestDatabase } from '../../testing/test-database.js';

let database: TestDatabase;
let coupon: CouponId;

beforeAll(async () => {
  database = await TestDatabase.create();
  ({ id: coupon } = await openCoupon(database, { totalQuantity: 3 }, { issued_quantity: 3, given_back: 1 }));
});

afterAll(() => database?.drop());

/** The name of the guard that refused the statement; throws where it was not refused. */
async function refusal(sql: string, values: unknown[]): Promise<string> {
  try {
    await database.query(sql, values);
  } catch (cause) {
    const message = String((cause as Error).message);
    // "Check constraint 'x' is violated", "CONSTRAINT `x` failed", "Duplicate entry … for key 'table.x'"
    return /(?:[Cc]onstraint|CONSTRAINT|for key) [`'](?:\w+\.)?(\w+)[`']/.exec(message)?.[1] ?? message;
  }
  throw new Error(`Not refused: ${sql}`);
}

const setCoupon = (row: Record<string, unknown>) =>
  refusal('UPDATE coupons SET ? WHERE id = ?', [row, coupon]);
const issue = (row: Record<string, unknown>) => ({
  coupon_id: coupon,
  status: 'ISSUED',
  issued_at: new Date(),
  ...row,
});
const insert = (row: Record<string, unknown>) => database.query('INSERT INTO coupon_issues SET ?', [row]);
const insertion = (row: Record<string, unknown>) => refusal('INSERT INTO coupon_issues SET ?', [row]);

describe('the coupon row refuses', () => {
  it('I1: one unit more than total and given back', async () => {
    await database.query('UPDATE coupons SET issued_quantity = 4 WHERE id = ?', [coupon]);
    expect(await setCoupon({ issued_quantity: 5 })).toBe('coupons_never_over_issued');
    expect(await setCoupon({ total_quantity: 2 })).toBe('coupons_never_over_issued');
    expect(await setCoupon({ given_back: 0 })).toBe('coupons_never_over_issued');
    await database.query('UPDATE coupons SET issued_quantity = 3 WHERE id = ?', [coupon]);
  });

  it.each([
    ['more given back than issued', { given_back: 4 }, 'coupons_given_back'],
    ['more issued by V1 than issued at all', { issued_by_v1: 4 }, 'coupons_issued_by_v1'],
    ['an epoch that was never minted', { epoch: 2 }, 'coupons_epoch'],
    ['an unknown state', { state: 'ODD' }, 'coupons_state'],
    ['an unknown issue mode', { issue_mode: 'ODD' }, 'coupons_issue_mode'],
    ['an empty window', { issue_starts_at: new Date(5), issue_ends_at: new Date(5) }, 'coupons_window'],
  ])('%s', async (_what, row, guard) => {
    expect(await setCoupon(row)).toBe(guard);
  });

  it('a counter below zero', async () => {
    expect(await refusal('UPDATE coupons SET returned = returned - 1 WHERE id = ?', [coupon])).toMatch(
      /out of range/i,
    );
  });
});

describe('final rows refuse', () => {
  it('I2: a second row of the same user', async () => {
    await insert(issue({ user_id: 'twice', issue_number: 1 }));
    expect(await insertion(issue({ user_id: 'twice', issue_number: 2 }))).toBe('PRIMARY');
  });

  it('I11: a number given twice', async () => {
    await insert(issue({ user_id: 'number', issue_number: 11 }));
    expect(await insertion(issue({ user_id: 'other', issue_number: 11 }))).toBe('coupon_issues_number');
  });

  it.each([
    ['ISSUED without a number', { issue_number: null }, 'coupon_issues_number_if_issued'],
    ['ISSUED without a time', { issue_number: 21, issued_at: null }, 'coupon_issues_time_if_issued'],
    ['ISSUED with a reason', { issue_number: 22, reason: 'SOLD_OUT' }, 'coupon_issues_reason_if_rejected'],
    [
      'a ticket without its epoch',
      { issue_number: 23, ticket: 1, epoch: null },
      'coupon_issues_ticket_has_epoch',
    ],
  ])('%s', async (_what, row, guard) => {
    expect(await insertion(issue({ user_id: 'guarded', ...row }))).toBe(guard);
  });

  it('REJECTED with a number, and without a reason', async () => {
    const rejected = { coupon_id: coupon, user_id: 'guarded', status: 'REJECTED' };
    expect(await insertion({ ...rejected, reason: 'SOLD_OUT', issue_number: 31 })).toBe(
      'coupon_issues_number_if_issued',
    );
    expect(await insertion(rejected)).toBe('coupon_issues_reason_if_rejected');
  });

  it('a user id of more than 64 characters, rather than cutting it', async () => {
    expect(await insertion(issue({ user_id: 'x'.repeat(65), issue_number: 41 }))).toMatch(/too long/);
  });

  it('but tell users apart by every character', async () => {
    await insert(issue({ user_id: 'same', issue_number: 51 }));
    await insert(issue({ user_id: 'Same', issue_number: 52 }));
  });

  it('a ticket voided twice, and a dead letter kept twice', async () => {
    const voided = { coupon_id: coupon, epoch: 1, ticket: 1, user_id: 'a', created_at: new Date() };
    await database.query('INSERT INTO voided_tickets SET ?', [voided]);
    expect(await refusal('INSERT INTO voided_tickets SET ?', [{ ...voided, user_id: 'b' }])).toBe('PRIMARY');
    const letter = {
      source_key: 'k',
      payload: '{}',
      cause: 'c',
      created_at: new Date(),
      updated_at: new Date(),
    };
    await database.query('INSERT INTO dead_letters SET ?', [letter]);
    expect(await refusal('INSERT INTO dead_letters SET ?', [letter])).toBe('dead_letters_source');
  });
});
