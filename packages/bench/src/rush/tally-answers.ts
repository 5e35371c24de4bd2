import { type AnswerLog, OUTCOME_CODE } from '../load/answer-log.js';
import { userIdOf } from '../load/request-plan.js';

/** What the answers of a run say, taken together. */
export interface Tally {
  planned: number;
  /** Users who hold a claim. */
  accepted: number;
  soldOut: number;
  /** Claims that were read again and said the same. */
  sameClaim: number;
  /** Claims that were read again and said something else, or were given a second time. */
  duplicates: number;
  /** Users who heard "sold out" though they held a claim, or before one, where units cannot come back. */
  contradicted: number;
  errors: number;
  faults: ReadonlyMap<string, number>;
  /** By user: what the first claim said; NaN where it did not say. */
  ticketOf: Float64Array;
  issueNumberOf: Float64Array;
  hasClaim: Uint8Array;
  /** By user: 1 where a request had no proper answer, so that what it did is unknown. */
  answerLost: Uint8Array;
  /** Some of what is wrong, in words. */
  examples: string[];
}

const EXAMPLES_MAX = 5;
const CREATED = 201;

/**
 * `refusals`: FINAL where units never come back, so that nobody who was told "sold out" may hold a claim. Else when
 * each answer came: a refusal is wrong only where it was asked for after the user had been told of a claim.
 */
export function tallyAnswers(log: AnswerLog, refusals: 'FINAL' | Float64Array = 'FINAL'): Tally {
  const { users, planned, latenciesMs } = log;
  const tally: Tally = {
    planned,
    accepted: log.usersWithClaim,
    soldOut: log.soldOutCount,
    sameClaim: 0,
    duplicates: 0,
    contradicted: 0,
    errors: log.faultCount,
    faults: log.faults,
    ticketOf: new Float64Array(users).fill(Number.NaN),
    issueNumberOf: new Float64Array(users).fill(Number.NaN),
    hasClaim: new Uint8Array(users),
    answerLost: new Uint8Array(users),
    examples: [],
  };
  const wasRefused = new Uint8Array(users);
  const claimAnsweredAt = new Float64Array(users).fill(Number.POSITIVE_INFINITY);
  const wasCreated = new Uint8Array(users);
  for (let at = 0; at < log.count; at++) {
    const user = log.user[at]!;
    switch (log.outcome[at]) {
      case OUTCOME_CODE.CLAIM:
        readClaim(tally, log, at, wasCreated);
        if (refusals !== 'FINAL') claimAnsweredAt[user] = Math.min(claimAnsweredAt[user]!, refusals[at]!);
        break;
      case OUTCOME_CODE.SOLD_OUT:
        if (refusals === 'FINAL' || refusals[at]! - latenciesMs[at]! > claimAnsweredAt[user]!)
          wasRefused[user] = 1;
        break;
      default:
        tally.answerLost[user] = 1;
    }
  }
  for (let user = 0; user < users; user++) {
    if (wasRefused[user] === 0 || tally.hasClaim[user] === 0) continue;
    tally.contradicted++;
    example(tally, `user ${userIdOf(user)} holds a claim and was told "sold out"`);
  }
  return tally;
}

function readClaim(tally: Tally, log: AnswerLog, at: number, wasCreated: Uint8Array): void {
  const user = log.user[at]!;
  const ticket = log.ticket[at]!;
  const issueNumber = log.issueNumber[at]!;
  const createdAgain = log.status[at] === CREATED && wasCreated[user] === 1;
  if (log.status[at] === CREATED) wasCreated[user] = 1;
  if (tally.hasClaim[user] === 0) {
    tally.hasClaim[user] = 1;
  } else if (createdAgain) {
    tally.duplicates++;
    example(tally, `user ${userIdOf(user)} was issued a coupon twice`);
  } else if (differs(tally.ticketOf[user]!, ticket) || differs(tally.issueNumberOf[user]!, issueNumber)) {
    tally.duplicates++;
    example(
      tally,
      `user ${userIdOf(user)} read ticket ${tally.ticketOf[user]} and then ${ticket}, issue number ${tally.issueNumberOf[user]} and then ${issueNumber}`,
    );
  } else {
    tally.sameClaim++;
  }
  if (Number.isNaN(tally.ticketOf[user]!)) tally.ticketOf[user] = ticket;
  if (Number.isNaN(tally.issueNumberOf[user]!)) tally.issueNumberOf[user] = issueNumber;
}

/** An answer that leaves a number out contradicts nothing: a claim has no issue number while it waits. */
const differs = (first: number, later: number): boolean =>
  first !== later && !Number.isNaN(first) && !Number.isNaN(later);

function example(tally: Tally, text: string): void {
  if (tally.examples.length < EXAMPLES_MAX) tally.examples.push(text);
}
