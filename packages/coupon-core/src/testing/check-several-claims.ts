import type { Coupon } from '../coupon/coupon.js';
import type { IssueAnswer, RequestAnswer } from '../issuance/claim-view.js';

/** The per-user limit of the coupons that are checked. */
export const LIMIT = 2;

/** `sent` and `answered` are moments of one counter. */
export interface Told {
  person: string;
  key: string;
  sent: number;
  answered: number;
  answer: string;
}

/** A row by a statement of this test's own. */
export interface Row {
  person: string;
  /** null where one person has one row at the most. */
  key: string | null;
  ordinal: number;
  status: 'ISSUED' | 'REJECTED';
  number: number | null;
  reason: string | null;
}

export function inShort(answer: IssueAnswer | RequestAnswer): string {
  if (answer.outcome === 'REFUSED') return answer.code;
  if (answer.outcome === 'UNAVAILABLE') return 'NO_ANSWER';
  if (answer.outcome !== 'CLAIM') return `ISSUED ${answer.issue.issueNumber}`;
  const { status, issue } = answer.view;
  if (issue?.status === 'ISSUED') return `ISSUED ${issue.issueNumber}`;
  return status === 'UNKNOWN' ? 'NO_ANSWER' : status;
}

/** What is wrong with these rows and answers, by nothing but the rules. */
export function violationsOf(coupon: Coupon, rows: readonly Row[], told: readonly Told[]): string[] {
  const found: string[] = [];
  const wrong = (what: string) => found.push(what);
  const rowOf = new Map(rows.map((row) => [`${row.person}#${row.key}`, row]));
  if (rowOf.size < rows.length) wrong('I2: a key has two rows');
  for (const [person, of] of Map.groupBy(rows, (row) => row.person)) {
    const issued = of.filter(({ status }) => status === 'ISSUED').length;
    if (issued > LIMIT) wrong(`I2: ${person} has ${issued}`);
    if (of.some(({ ordinal }, i) => ordinal !== i + 1)) wrong(`I2: the rows of ${person} are not counted up`);
  }
  const numbers = rows.flatMap(({ number }) => (number === null ? [] : [number])).sort((a, b) => a - b);
  if (numbers.some((number, i) => number !== i + 1)) wrong('I11: numbers with gaps');
  if (numbers.length > coupon.totalQuantity!) wrong(`I1: ${numbers.length} issued`);
  // V1 does not know of claims in line; with V2 alone no promise is broken.
  const rejected = rows.filter(({ status }) => status === 'REJECTED');
  if (rejected.length > 0 && coupon.issueMode !== 'BOTH') wrong(`I3: ${rejected.length} promises broken`);
  for (const { person, key, sent, answer } of told) {
    const row = rowOf.get(`${person}#${key}`);
    const accepted = !['NO_ANSWER', 'SOLD_OUT', 'ALREADY_ISSUED'].includes(answer);
    if (accepted && !row) wrong(`I3: ${person}#${key} read ${answer} and has no row`);
    if (answer.startsWith('ISSUED') && answer !== `ISSUED ${row?.number}`)
      wrong(`I5: ${person}#${key} read ${answer}`);
    if (answer === 'REJECTED' && row?.status !== 'REJECTED') wrong(`I5: ${person}#${key} read REJECTED`);
    const held = told.some(
      (one) => one.person === person && one.key === key && one.answered < sent && isHeld(one),
    );
    if (held && !accepted && answer !== 'NO_ANSWER') wrong(`I5: ${person}#${key} read ${answer} of a claim`);
    const others = rows.filter((one) => one.person === person && one.key !== key).length;
    if (answer === 'ALREADY_ISSUED' && others < LIMIT)
      wrong(`${person}#${key} was refused, with ${others} others`);
  }
  return found;
}

const isHeld = ({ answer }: Told) =>
  answer.startsWith('ISSUED') || answer === 'PENDING' || answer === 'REJECTED';
