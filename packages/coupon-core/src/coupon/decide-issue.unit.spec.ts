import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aCoupon, user, users } from '../testing/a-coupon.js';
import { claimantOf, withKey } from './claimant.js';
import { type Coupon, live } from './coupon.js';
import { decideIssues, type IssueDecision } from './decide-issue.js';
import type { Claimant } from './ids.js';
import type { Issue, IssuedCoupon } from './issue.js';
import { REFUSAL_CODES, type RefusalCode } from './refusal.js';

const START = 1_000;
const END = 2_000;
const open = (given: Partial<Coupon> = {}) =>
  aCoupon({ issueStartsAt: START, issueEndsAt: END, issueMode: 'SYNC', ...given });
const none = new Map<Claimant, Issue>();
const decide = (coupon: Coupon, names: string[], existing = none, now = START) =>
  decideIssues(coupon, now, names.map(user), existing);
const codeOf = (decision: IssueDecision | undefined) =>
  decision?.outcome === 'REFUSED' ? decision.code : decision?.outcome;
const numbersOf = (decisions: readonly IssueDecision[]) =>
  decisions.flatMap((decision) => (decision.outcome === 'ISSUED' ? [decision.issue.issueNumber] : []));

const earlier = (name: string): Issue => ({
  status: 'ISSUED',
  couponId: open().id,
  userId: user(name),
  issueNumber: 3,
  issuedAt: 1_500,
  expiresAt: null,
  lifecycle: null,
  claim: null,
});

/** For each code a coupon (and a moment) that is refused with it, and what mends just this one fault. */
const FAULTS: Record<RefusalCode, { fault: Partial<Coupon>; now?: number }> = {
  COUPON_NOT_FOUND: { fault: { state: 'DRAFT' } },
  WRONG_MODE: { fault: { issueMode: 'ASYNC' } },
  IDEMPOTENCY_KEY_REQUIRED: { fault: { perUserLimit: 2 } },
  NOT_STARTED: { fault: { issueStartsAt: START + 1 } },
  ENDED: { fault: { issueEndsAt: START } },
  PAUSED: { fault: { state: 'PAUSED' } },
  CLOSED: { fault: { state: 'CLOSED' } },
  ALREADY_ISSUED: { fault: { perUserLimit: 2 } },
  SOLD_OUT: { fault: { totalQuantity: 4, issuedQuantity: 4 } },
};

/** Two that `a` has, by the keys `k1` and `k2`. */
const twoOfA = new Map<Claimant, Issue>(
  [1, 2].map((n): [Claimant, Issue] => [
    withKey(user('a'), `k${n}`),
    { ...earlier('a'), keyed: { key: `k${n}`, ordinal: n } },
  ]),
);
/** Whoever has them asks with another key; everybody else has no key. */
const asFor = (...codes: RefusalCode[]) =>
  codes.includes('ALREADY_ISSUED') ? ([['a#k3'], twoOfA] as const) : ([['a'], none] as const);

describe('V1 refuses', () => {
  it.each(REFUSAL_CODES)('%s', (code) => {
    const [names, rows] = asFor(code);
    expect(decide(open(FAULTS[code].fault), [...names], rows).map(codeOf)).toEqual([code]);
  });

  const pairs = REFUSAL_CODES.flatMap((first, i) =>
    REFUSAL_CODES.slice(i + 1)
      // One coupon cannot be in two states, nor both before and behind its window.
      .filter((second) => !Object.keys(FAULTS[second].fault).some((field) => field in FAULTS[first].fault))
      .filter((second) => !(first === 'NOT_STARTED' && second === 'ENDED'))
      .map((second) => ({ first, second })),
  );

  it.each(pairs)('$first before $second', ({ first, second }) => {
    const coupon = open({ ...FAULTS[second].fault, ...FAULTS[first].fault });
    const [names, rows] = asFor(first, second);
    expect(decide(coupon, [...names], rows).map(codeOf)).toEqual([first]);
  });

  it('an earlier row comes before every refusal but the first three', () => {
    for (const code of REFUSAL_CODES) {
      const [[name]] = asFor(code);
      const [decision] = decide(open(FAULTS[code].fault), [name], new Map([[user(name), earlier('a')]]));
      const before = REFUSAL_CODES.indexOf(code) < 3;
      expect({ code, decided: codeOf(decision) }).toEqual({ code, decided: before ? code : 'REPEATED' });
    }
  });

  it('the window holds its start and not its end', () => {
    const at = (now: number) => codeOf(decide(open(), ['a'], none, now)[0]);
    expect([START - 1, START, END - 1, END].map(at)).toEqual(['NOT_STARTED', 'ISSUED', 'ISSUED', 'ENDED']);
  });
});

describe('V1 issues', () => {
  it('in order of arrival, with the next numbers, until nothing is left', () => {
    const decisions = decide(open({ totalQuantity: 6, issuedQuantity: 4 }), ['c', 'a', 'b']);
    expect(decisions.map(codeOf)).toEqual(['ISSUED', 'ISSUED', 'SOLD_OUT']);
    expect(numbersOf(decisions)).toEqual([5, 6]);
  });

  it('a unit that was given back under a new number', () => {
    const decisions = decide(open({ totalQuantity: 4, issuedQuantity: 4, givenBack: 1 }), ['a', 'b']);
    expect(decisions.map(codeOf)).toEqual(['ISSUED', 'SOLD_OUT']);
    expect(numbersOf(decisions)).toEqual([5]);
  });

  it('one coupon to a user who is twice in one batch', () => {
    const [first, second] = decide(open({ totalQuantity: 1 }), ['a', 'a']);
    expect(first).toMatchObject({ outcome: 'ISSUED', issue: { issueNumber: 1 } });
    expect(second).toEqual({ outcome: 'REPEATED', issue: (first as { issue: IssuedCoupon }).issue });
  });

  it('at the time of the database, with the expiry counted from there', () => {
    const [decision] = decide(open({ validForDays: 1 }), ['a'], none, 1_234);
    expect(decision).toMatchObject({
      issue: { issuedAt: 1_234, expiresAt: 86_401_234, claim: null, lifecycle: null },
    });
  });

  it('a rejected claim of the user again, as it is', () => {
    const rejected: Issue = {
      status: 'REJECTED',
      couponId: open().id,
      userId: user('a'),
      reason: 'SOLD_OUT',
      claim: { epoch: 1, ticket: 4 },
    };
    expect(decide(open(), ['a'], new Map([[user('a'), rejected]]))).toEqual([
      { outcome: 'REPEATED', issue: rejected },
    ]);
  });

  it('without end where there is no limit', () => {
    const decisions = decideIssues(
      open({ totalQuantity: null, issuedQuantity: 10 }),
      START,
      users(500),
      none,
    );
    expect(numbersOf(decisions)).toHaveLength(500);
  });
});

describe('V1, where one person may have several', () => {
  const open2 = (given: Partial<Coupon> = {}) => open({ perUserLimit: 2, ...given });
  const placesOf = (decisions: readonly IssueDecision[]) =>
    decisions.flatMap((decision) =>
      decision.outcome === 'ISSUED' ? [[decision.issue.userId, decision.issue.keyed]] : [],
    );

  it('issues one a key, up to the limit, also within one batch (I2)', () => {
    const decisions = decide(open2(), ['a#k', 'b#k', 'a#k', 'a#l', 'a#m']);
    expect(decisions.map(codeOf)).toEqual(['ISSUED', 'ISSUED', 'REPEATED', 'ISSUED', 'ALREADY_ISSUED']);
    expect(placesOf(decisions)).toEqual([
      ['a', { key: 'k', ordinal: 1 }],
      ['b', { key: 'k', ordinal: 1 }],
      ['a', { key: 'l', ordinal: 2 }],
    ]);
  });

  it('counts what was taken back, and not what was rejected', () => {
    const { issueNumber: _number, ...rest } = earlier('a') as IssuedCoupon;
    const rejected: Issue = {
      ...rest,
      status: 'REJECTED',
      reason: 'SOLD_OUT',
      keyed: { key: 'k2', ordinal: 2 },
    };
    const rows = new Map(
      [{ ...twoOfA.get(withKey(user('a'), 'k1'))!, lifecycle: 'CANCELLED' as const }, rejected].map(
        (issue) => [claimantOf(issue as Issue), issue as Issue],
      ),
    );
    const decisions = decide(open2(), ['a#k2', 'a#k3', 'a#k4'], rows);
    expect(decisions.map(codeOf)).toEqual(['REPEATED', 'ISSUED', 'ALREADY_ISSUED']);
    expect(placesOf(decisions)).toEqual([['a', { key: 'k3', ordinal: 3 }]]);
  });

  it('leaves a key out that tells nothing apart', () => {
    expect(decide(open(), ['a#k', 'a#l', 'a']).map(codeOf)).toEqual(['ISSUED', 'REPEATED', 'REPEATED']);
  });
});

describe('any batch at the V1 door', () => {
  const batches = fc.record({
    total: fc.option(fc.nat(12), { nil: null }),
    issued: fc.nat(12),
    givenBack: fc.nat(12),
    requests: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }),
    existing: fc.uniqueArray(fc.integer({ min: 0, max: 9 })),
  });

  it('I1 I2 I11: never issues more than is left, nor to one user twice, nor with a gap in the numbers', () => {
    fc.assert(
      fc.property(batches, ({ total, issued, givenBack, requests, existing }) => {
        const coupon = open({
          totalQuantity: total,
          issuedQuantity: issued,
          givenBack: Math.min(givenBack, issued),
        });
        const rows = new Map(existing.map((n) => [user(n), earlier(`${n}`)]));
        const decisions = decide(coupon, requests.map(String), rows);
        const fresh = decisions.flatMap((d) => (d.outcome === 'ISSUED' ? [d.issue] : []));
        const left = total === null ? Number.POSITIVE_INFINITY : Math.max(0, total - live(coupon));
        const wanting = new Set(requests.filter((n) => !existing.includes(n)));

        expect(decisions).toHaveLength(requests.length);
        expect(fresh).toHaveLength(Math.min(left, wanting.size));
        expect(new Set(fresh.map((issue) => issue.userId)).size).toBe(fresh.length);
        expect(fresh.map((issue) => issue.issueNumber)).toEqual(fresh.map((_, i) => issued + i + 1));
        requests.forEach((n, i) => {
          if (existing.includes(n)) expect(decisions[i]!.outcome).toBe('REPEATED');
          else if (fresh.some((issue) => issue.userId === user(n)))
            expect(codeOf(decisions[i])).not.toBe('SOLD_OUT');
          else expect(codeOf(decisions[i])).toBe('SOLD_OUT');
        });
      }),
    );
  });
});
