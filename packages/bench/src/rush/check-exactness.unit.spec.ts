import { describe, expect, it } from '@jest/globals';
import { AnswerLog } from '../load/answer-log.js';
import { faultAnswer, type IssueAnswer } from '../load/read-issue-answer.js';
import { userIdOf } from '../load/request-plan.js';
import { checkExactness } from './check-exactness.js';
import type { Door } from './doors.js';
import type { Evidence, IssueRow } from './evidence.js';
import { tallyAnswers } from './tally-answers.js';

const USERS = 30;
const TOTAL = 10;

interface Story {
  door: Door;
  answers: { user: number; answer: IssueAnswer }[];
  rows: IssueRow[];
  issuedQuantity: number;
  givenBack?: number;
  gate: Evidence['gate'];
  queueLength: number;
  unsent: number;
  mayLoseClaims?: boolean;
}

const soldOut: IssueAnswer = {
  outcome: 'SOLD_OUT',
  status: 409,
  ticket: Number.NaN,
  issueNumber: Number.NaN,
  fault: null,
};

function claim(door: Door, user: number): IssueAnswer {
  const number = user + 1;
  return door === 'v2'
    ? { outcome: 'CLAIM', status: 202, ticket: number, issueNumber: Number.NaN, fault: null }
    : { outcome: 'CLAIM', status: 201, ticket: Number.NaN, issueNumber: number, fault: null };
}

/** Users 0 … 9 win in this order, the rest hears "sold out", users 0 and 20 ask again. */
function healthyStory(door: Door): Story {
  const answers = Array.from({ length: USERS }, (_, user) => ({
    user,
    answer: user < TOTAL ? claim(door, user) : soldOut,
  }));
  const again = door === 'v2' ? { ...claim(door, 0), issueNumber: 1 } : { ...claim(door, 0), status: 200 };
  const rows = Array.from({ length: TOTAL }, (_, user) => ({
    userId: userIdOf(user),
    ordinal: 1,
    status: 'ISSUED',
    issueNumber: user + 1,
    ticket: door === 'v2' ? user + 1 : null,
    reason: null,
    lifecycle: null,
  }));
  return {
    door,
    answers: [...answers, { user: 0, answer: again }, { user: 20, answer: soldOut }],
    rows,
    issuedQuantity: TOTAL,
    gate: door === 'v2' ? { capacity: TOTAL, admitted: TOTAL } : { capacity: 0, admitted: 0 },
    queueLength: 0,
    unsent: 0,
  };
}

function missedChecks(story: Story): string[] {
  const { door, answers, rows, issuedQuantity, gate, queueLength, unsent } = story;
  const log = new AnswerLog(answers.length + unsent, USERS);
  for (const { user, answer } of answers) log.record(user, answer, 1);
  const coupon = {
    totalQuantity: TOTAL,
    issuedQuantity,
    givenBack: story.givenBack ?? 0,
    hasGate: true,
  };
  const evidence = {
    door,
    users: USERS,
    total: TOTAL,
    tally: tallyAnswers(log),
    rows,
    mayLoseClaims: story.mayLoseClaims,
    coupon,
    gate,
    queueLength,
  };
  return checkExactness(evidence).flatMap((check) => (check.passed ? [] : [check.name]));
}

const ISSUED = 'issued = total exactly';
const ONE_ROW = 'one row per user';
const NUMBERS = 'issue numbers 1, 2, 3 … without gap or double';
const TICKETS = 'tickets 1, 2, 3 … each once';
const ENDED_ISSUED = 'every 202 ended ISSUED, with its ticket';
const WITH_RECEIPT = 'every 202 with a receipt ended ISSUED, or REJECTED LOST_IN_INCIDENT';
const HAS_202 = 'every issued row has its 202';
const HAS_ROW = 'every 201 has its row, with its number';
const REPEATS = 'repeats read the same';
const GATE = 'gate = database';
const QUEUE = 'queue empty';
const ANSWERED = 'every request answered with a claim or "sold out"';

type Injection = [violation: string, door: Door, inject: (story: Story) => void, found: string[]];

const injections: Injection[] = [
  [
    'a missing issue number',
    'v2',
    ({ rows }) => {
      rows[4]!.issueNumber = 11;
    },
    [NUMBERS],
  ],
  [
    'a double issue number',
    'v2',
    ({ rows }) => {
      rows[4]!.issueNumber = 4;
    },
    [NUMBERS],
  ],
  [
    'an issued row without a number',
    'v2',
    ({ rows }) => {
      rows[4]!.issueNumber = null;
    },
    [NUMBERS],
  ],
  [
    'a double ticket',
    'v2',
    ({ rows }) => {
      rows[4]!.ticket = 4;
    },
    [TICKETS, ENDED_ISSUED],
  ],
  [
    'a changed ticket in the row',
    'v2',
    ({ rows }) => {
      rows[4]!.ticket = 6;
      rows[5]!.ticket = 5;
    },
    [ENDED_ISSUED],
  ],
  [
    'a user with two rows',
    'v2',
    ({ rows }) => {
      rows[4]!.userId = rows[3]!.userId;
    },
    [ONE_ROW, ENDED_ISSUED],
  ],
  [
    'an over-issue',
    'v2',
    (story) => {
      story.rows.push({
        userId: userIdOf(10),
        ordinal: 1,
        status: 'ISSUED',
        issueNumber: 11,
        ticket: 11,
        reason: null,
        lifecycle: null,
      });
      story.issuedQuantity = 11;
      story.gate = { capacity: 10, admitted: 11 };
    },
    [ISSUED, HAS_202],
  ],
  [
    'an under-issue',
    'v2',
    (story) => {
      story.rows.pop();
      story.answers[9]!.answer = soldOut;
      story.issuedQuantity = 9;
      story.gate = { capacity: 10, admitted: 9 };
    },
    [ISSUED],
  ],
  [
    'a counter that is not its rows',
    'v2',
    (story) => {
      story.issuedQuantity = 9;
      story.gate = { capacity: 10, admitted: 9 };
    },
    [ISSUED],
  ],
  [
    'a lost accepted claim',
    'v2',
    (story) => {
      story.rows.pop();
      story.issuedQuantity = 9;
    },
    [ISSUED, ENDED_ISSUED, GATE],
  ],
  [
    'an accepted claim that was rejected',
    'v2',
    ({ rows }) => {
      rows[9] = { ...rows[9]!, status: 'REJECTED', issueNumber: null };
    },
    [ISSUED, ENDED_ISSUED],
  ],
  [
    'a row for somebody who was refused',
    'v2',
    ({ answers }) => {
      answers[9]!.answer = soldOut;
    },
    [HAS_202],
  ],
  [
    'a row for somebody who never asked',
    'v2',
    ({ rows }) => {
      rows[9]!.userId = 'stranger';
    },
    [ENDED_ISSUED, HAS_202],
  ],
  [
    'a repeat that reads another ticket',
    'v2',
    ({ answers }) => {
      answers[USERS]!.answer = { ...answers[USERS]!.answer, ticket: 11 };
    },
    [REPEATS],
  ],
  [
    'a winner who is told "sold out"',
    'v2',
    ({ answers }) => {
      answers[USERS]!.answer = soldOut;
    },
    [REPEATS],
  ],
  [
    'a gate that would give one more',
    'v2',
    (story) => {
      story.gate = { capacity: 11, admitted: 10 };
    },
    [GATE],
  ],
  [
    'a gate that lost the coupon',
    'v2',
    (story) => {
      story.gate = null;
    },
    [GATE],
  ],
  [
    'an entry left in the queue',
    'v2',
    (story) => {
      story.queueLength = 1;
    },
    [QUEUE],
  ],
  [
    'a request that failed',
    'v2',
    ({ answers }) => {
      answers[25]!.answer = faultAnswer(503, '503 UNAVAILABLE');
    },
    [ANSWERED],
  ],
  [
    'requests that were never sent',
    'v2',
    (story) => {
      story.unsent = 3;
    },
    [ANSWERED],
  ],
  [
    'a lost answer whose coupon was issued',
    'v2',
    ({ answers }) => {
      answers[5]!.answer = faultAnswer(0, 'time-out');
    },
    [ANSWERED],
  ],
  [
    'a missing issue number',
    'v1',
    ({ rows, answers }) => {
      rows[4]!.issueNumber = 11;
      answers[4]!.answer = { ...answers[4]!.answer, issueNumber: 11 };
    },
    [NUMBERS],
  ],
  [
    'a 201 without a row',
    'v1',
    (story) => {
      story.rows.pop();
      story.issuedQuantity = 9;
      story.gate = { capacity: 1, admitted: 0 };
    },
    [ISSUED, HAS_ROW],
  ],
  [
    'a 201 with another number than its row',
    'v1',
    ({ answers }) => {
      answers[4]!.answer = { ...answers[4]!.answer, issueNumber: 12 };
    },
    [HAS_ROW],
  ],
  [
    'a repeat that is issued a second time',
    'v1',
    ({ answers }) => {
      answers[USERS]!.answer = { ...answers[USERS]!.answer, status: 201 };
    },
    [REPEATS],
  ],
  [
    'a repeat that reads another number',
    'v1',
    ({ answers }) => {
      answers[USERS]!.answer = { ...answers[USERS]!.answer, issueNumber: 2 };
    },
    [REPEATS],
  ],
  [
    'a gate that was never told of the issues',
    'v1',
    (story) => {
      story.gate = { capacity: 10, admitted: 0 };
    },
    [GATE],
  ],
];

describe('the exactness checks', () => {
  it.each(['v1', 'v2'] as const)('find nothing wrong with a healthy rush on %s', (door) => {
    expect(missedChecks(healthyStory(door))).toEqual([]);
  });

  it.each(injections)('find %s (%s), and nothing else', (_, door, inject, found) => {
    const story = healthyStory(door);
    inject(story);
    expect(missedChecks(story)).toEqual(found);
  });

  it('accept that the repeat of a double click is answered first', () => {
    const story = healthyStory('v1');
    const first = story.answers[0]!;
    story.answers[0] = story.answers[USERS]!;
    story.answers[USERS] = first;
    expect(missedChecks(story)).toEqual([]);
  });

  it('expect a unit that came back to be issued once more, and no oftener', () => {
    const story = healthyStory('v2');
    story.rows[2]!.lifecycle = 'CANCELLED';
    story.givenBack = 1;
    story.gate = { capacity: TOTAL + 1, admitted: TOTAL };
    expect(missedChecks(story)).toEqual(['issued = total exactly']);
    const user = TOTAL;
    story.rows.push({ ...story.rows[0]!, userId: userIdOf(user), issueNumber: 11, ticket: 11 });
    story.answers[user] = { user, answer: claim('v2', user) };
    story.issuedQuantity = TOTAL + 1;
    story.gate = { capacity: TOTAL + 1, admitted: TOTAL + 1 };
    expect(missedChecks(story)).toEqual([]);
    story.givenBack = 2;
    expect(missedChecks(story)).toEqual(['issued = total exactly', 'gate = database']);
  });

  it('let a claim that was lost end REJECTED for that reason and no other, and only where claims were lost', () => {
    const story = healthyStory('v2');
    const user = TOTAL;
    story.answers[user] = { user, answer: { ...claim('v2', user), ticket: Number.NaN } };
    const rejected = { ...story.rows[0]!, userId: userIdOf(user), status: 'REJECTED', issueNumber: null };
    story.rows.push({ ...rejected, ticket: null, reason: 'LOST_IN_INCIDENT' });
    expect(missedChecks(story)).toEqual([ENDED_ISSUED]);
    story.mayLoseClaims = true;
    // Tickets begin anew with the gate.
    for (const { answer } of story.answers) answer.ticket = Number.NaN;
    story.rows[1]!.ticket = 1;
    expect(missedChecks(story)).toEqual([]);
    story.rows.at(-1)!.reason = 'SOLD_OUT';
    expect(missedChecks(story)).toEqual([WITH_RECEIPT]);
    story.rows.pop();
    expect(missedChecks(story)).toEqual([WITH_RECEIPT]);
  });

  it('expect no more issues than there are users', () => {
    const story = healthyStory('v2');
    story.answers = story.answers.slice(0, 4);
    const log = new AnswerLog(4, 4);
    for (const { user, answer } of story.answers) log.record(user, answer, 1);
    const checks = checkExactness({
      door: 'v2',
      users: 4,
      total: TOTAL,
      tally: tallyAnswers(log),
      rows: story.rows.slice(0, 4),
      coupon: { totalQuantity: TOTAL, issuedQuantity: 4, givenBack: 0, hasGate: true },
      gate: { capacity: TOTAL, admitted: 4 },
      queueLength: 0,
    });
    expect(checks.every((check) => check.passed)).toBe(true);
  });

  it.each([
    [null, true],
    [{ capacity: TOTAL, admitted: TOTAL }, false],
  ])('expect no gate where the coupon has none: %j', (gate, passed) => {
    const { rows, queueLength } = healthyStory('v1');
    const coupon = { totalQuantity: TOTAL, issuedQuantity: TOTAL, givenBack: 0, hasGate: false };
    const tally = tallyAnswers(new AnswerLog(0, USERS));
    const of = { door: 'v1', users: USERS, total: TOTAL, tally, rows, coupon, gate, queueLength } as const;
    const check = checkExactness(of).find(({ name }) => name === 'gate = database');
    expect(check?.passed).toBe(passed);
  });

  it('name a few of many faults and count the rest', () => {
    const story = healthyStory('v2');
    for (const row of story.rows) row.userId = 'same';
    const log = new AnswerLog(0, USERS);
    const checks = checkExactness({
      door: 'v2',
      users: USERS,
      total: TOTAL,
      tally: tallyAnswers(log),
      rows: story.rows,
      coupon: { totalQuantity: TOTAL, issuedQuantity: TOTAL, givenBack: 0, hasGate: true },
      gate: story.gate,
      queueLength: 0,
    });
    expect(checks.find((check) => check.name === ONE_ROW)?.found).toMatch(/; and 4 more$/);
  });
});
