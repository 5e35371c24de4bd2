import { userIdOf, userOf } from '../load/request-plan.js';
import type { Evidence, IssueRow } from './evidence.js';

export interface Check {
  name: string;
  passed: boolean;
  /** What was found: the figures where it passed, what is wrong where it did not. */
  found: string;
}

const EXAMPLES_MAX = 5;

/** Pure: the same evidence gives the same verdict, and each check is tested against its own injected violation. */
export function checkExactness(evidence: Evidence): Check[] {
  const issued = evidence.rows.filter((row) => row.status === 'ISSUED');
  const checks = [
    everyRequestAnswered(evidence),
    issuedExactly(evidence, issued),
    oneRowPerUser(evidence),
    countsUp(
      'issue numbers 1, 2, 3 … without gap or double',
      issued.map((row) => row.issueNumber),
    ),
    everyClaimHasItsRow(evidence, issued),
    everyRowWasClaimed(evidence, issued),
    answersNeverChange(evidence),
    gateEqualsDatabase(evidence),
    queueEmpty(evidence),
  ];
  if (evidence.door === 'v2' && evidence.coupon.hasGate && !evidence.mayLoseClaims) {
    checks.splice(
      4,
      0,
      countsUp(
        'tickets 1, 2, 3 … each once',
        issued.map((row) => row.ticket),
      ),
    );
  }
  return checks;
}

/** As many as there are units, those that came back a second time; or as there are users who want one. */
const expectedIssues = ({ total, users, asked, coupon }: Evidence): number =>
  Math.min(total + coupon.givenBack, asked ?? users);

function everyRequestAnswered({ tally }: Evidence): Check {
  const proper = tally.accepted + tally.soldOut + tally.sameClaim + tally.duplicates;
  const unsent = tally.planned - proper - tally.errors;
  const wrong = [...tally.faults].map(([fault, times]) => `${times} × ${fault}`);
  if (unsent > 0) wrong.push(`${unsent} not sent because of them`);
  return verdict('every request answered with a claim or "sold out"', wrong, `${tally.planned} requests`);
}

function issuedExactly(evidence: Evidence, issued: readonly IssueRow[]): Check {
  const { givenBack } = evidence.coupon;
  const expected = expectedIssues(evidence);
  const wrong: string[] = [];
  if (issued.length !== expected) wrong.push(`${issued.length} rows ISSUED instead of ${expected}`);
  const { issuedQuantity, totalQuantity } = evidence.coupon;
  if (issuedQuantity !== issued.length)
    wrong.push(`the coupon counts ${issuedQuantity}, its rows are ${issued.length}`);
  if (totalQuantity !== evidence.total)
    wrong.push(`the coupon's total is ${totalQuantity} instead of ${evidence.total}`);
  const ended = issued.filter((row) => row.lifecycle === 'CANCELLED').length;
  if (ended !== givenBack) wrong.push(`the coupon counts ${givenBack} units back, its rows are ${ended}`);
  const again = givenBack === 0 ? '' : `, ${givenBack} of them came back and were issued once more`;
  return verdict('issued = total exactly', wrong, `${issued.length} of ${evidence.total}${again}`);
}

function oneRowPerUser({ rows }: Evidence): Check {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const { userId } of rows) {
    if (seen.has(userId)) wrong.push(`user ${userId} has more than one row`);
    seen.add(userId);
  }
  return verdict('one row per user', wrong, `${rows.length} rows, ${seen.size} users`);
}

function countsUp(name: string, numbers: readonly (number | null)[]): Check {
  const times = new Uint32Array(numbers.length + 1);
  const wrong: string[] = [];
  for (const number of numbers) {
    const inRange = number !== null && number >= 1 && number <= numbers.length;
    if (inRange) times[number]!++;
    else wrong.push(`${number} is not within 1 … ${numbers.length}`);
  }
  for (let number = 1; number < times.length; number++) {
    if (times[number] === 0) wrong.push(`${number} is missing`);
    else if (times[number]! > 1) wrong.push(`${number} was given ${times[number]} times`);
  }
  return verdict(name, wrong, `1 … ${numbers.length}`);
}

function everyClaimHasItsRow(
  { door, users, tally, rows, mayLoseClaims }: Evidence,
  issued: readonly IssueRow[],
): Check {
  const rowOf = new Map(issued.map((row) => [row.userId, row]));
  const lost = new Set(mayLoseClaims ? rows.filter(wasLost).map((row) => row.userId) : []);
  const wrong: string[] = [];
  let claims = 0;
  let rejected = 0;
  for (let user = 0; user < users; user++) {
    if (tally.hasClaim[user] === 0) continue;
    claims++;
    const row = rowOf.get(userIdOf(user));
    const ticket = tally.ticketOf[user]!;
    const issueNumber = tally.issueNumberOf[user]!;
    if (lost.has(userIdOf(user))) rejected++;
    else if (!row) wrong.push(`user ${userIdOf(user)} was accepted and has no issued row`);
    else if (!Number.isNaN(ticket) && row.ticket !== ticket) {
      wrong.push(`user ${userIdOf(user)} was told ticket ${ticket}, the row says ${row.ticket}`);
    } else if (!Number.isNaN(issueNumber) && row.issueNumber !== issueNumber) {
      wrong.push(
        `user ${userIdOf(user)} was told issue number ${issueNumber}, the row says ${row.issueNumber}`,
      );
    }
  }
  if (mayLoseClaims && door === 'v2') {
    const name = 'every 202 with a receipt ended ISSUED, or REJECTED LOST_IN_INCIDENT';
    return verdict(name, wrong, `${claims - rejected} issued, ${rejected} rejected`);
  }
  const name =
    door === 'v2' ? 'every 202 ended ISSUED, with its ticket' : 'every 201 has its row, with its number';
  return verdict(name, wrong, `${claims} claims`);
}

const wasLost = ({ status, reason }: IssueRow): boolean =>
  status === 'REJECTED' && reason === 'LOST_IN_INCIDENT';

function everyRowWasClaimed({ door, users, tally }: Evidence, issued: readonly IssueRow[]): Check {
  const wrong: string[] = [];
  let answersLost = 0;
  for (const { userId } of issued) {
    const user = userOf(userId, users);
    if (user !== null && tally.hasClaim[user] === 1) continue;
    if (user !== null && tally.answerLost[user] === 1) answersLost++;
    else wrong.push(`user ${userId} was issued a coupon and never told so`);
  }
  const excused = answersLost === 0 ? '' : `, ${answersLost} of them to users whose answer was lost`;
  return verdict(
    `every issued row has its ${door === 'v2' ? '202' : '201'}`,
    wrong,
    `${issued.length} rows${excused}`,
  );
}

function answersNeverChange({ tally }: Evidence): Check {
  const wrong = tally.duplicates + tally.contradicted === 0 ? [] : tally.examples;
  return verdict('repeats read the same', wrong, `${tally.sameClaim} repeats of a claim`);
}

function gateEqualsDatabase({ gate, coupon }: Evidence): Check {
  const name = 'gate = database';
  if (!coupon.hasGate)
    return verdict(name, gate === null ? [] : ['the gate knows a coupon that should have none'], 'no gate');
  if (gate === null) return verdict(name, ['the gate does not know the coupon'], '');
  const leftAtGate = gate.capacity - gate.admitted;
  const leftInRows = coupon.totalQuantity + coupon.givenBack - coupon.issuedQuantity;
  const wrong =
    leftAtGate === leftInRows ? [] : [`the gate has ${leftAtGate} left to give, the rows ${leftInRows}`];
  return verdict(name, wrong, `${leftInRows} left`);
}

function queueEmpty({ queueLength }: Evidence): Check {
  return verdict('queue empty', queueLength === 0 ? [] : [`${queueLength} entries are left`], '0 entries');
}

export function verdict(name: string, wrong: readonly string[], figures: string): Check {
  if (wrong.length === 0) return { name, passed: true, found: figures };
  const more = wrong.length > EXAMPLES_MAX ? `; and ${wrong.length - EXAMPLES_MAX} more` : '';
  return { name, passed: false, found: wrong.slice(0, EXAMPLES_MAX).join('; ') + more };
}
