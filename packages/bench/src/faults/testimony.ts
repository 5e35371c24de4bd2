import { ANSWER_MS_MAX, type Answer, type AnswerBody } from './api-client.js';

/** The two doors, and the look-up of what became of a claim. */
export type Question = 'V1' | 'V2' | 'ME';

/** All that one user has been told so far; never changed in place, so that it can be kept as of a moment. */
export interface Told {
  /** The user holds a claim or an issue. */
  accepted: boolean;
  ticket: number | null;
  receipt: string | null;
  issueNumber: number | null;
  final: 'ISSUED' | 'REJECTED' | null;
  reason: string | null;
  soldOut: boolean;
}

export interface Leniency {
  /** Processes are being killed, so connections may break without an answer. */
  connectionsMayBreak?: boolean;
  /** Units may come back, so that "sold out" is not the last word. */
  unitsMayReturn?: boolean;
}

const NOTHING: Told = {
  accepted: false,
  ticket: null,
  receipt: null,
  issueNumber: null,
  final: null,
  reason: null,
  soldOut: false,
};

/** Keeps what every user was told, and notes each answer that contradicts an earlier one or is none at all. */
export class Testimony {
  readonly problems: string[] = [];
  /** How often each kind of answer was heard, such as `V2 202` or `ME UNKNOWN`. */
  readonly heard = new Map<string, number>();
  private readonly users = new Map<string, Told>();

  constructor(public leniency: Leniency = {}) {}

  get everybody(): string[] {
    return [...this.users.keys()];
  }

  of(userId: string): Told {
    return this.users.get(userId) ?? NOTHING;
  }

  who(matches: (told: Told) => boolean): string[] {
    return this.everybody.filter((userId) => matches(this.of(userId)));
  }

  times(kind: string): number {
    return this.heard.get(kind) ?? 0;
  }

  /**
   * @param before what the user had been told when the question was sent; an answer need not know of later ones
   * @returns whether it settles the question; where not, it has to be asked again
   */
  hear(userId: string, question: Question, before: Told, answer: Answer): boolean {
    const { status, body } = answer;
    const blame = (what: string) =>
      this.problems.push(`${question} for ${userId}: ${what} (${status} ${JSON.stringify(body)})`);
    if (answer.elapsedMs > ANSWER_MS_MAX) blame('the answer came too late');
    this.count(question, answer);
    this.users.set(userId, this.of(userId));
    switch (status) {
      case 0:
        if (!this.leniency.connectionsMayBreak || answer.elapsedMs >= ANSWER_MS_MAX)
          blame(`no answer: ${answer.fault}`);
        return false;
      case 200:
      case 201:
      case 202:
        this.hearClaim(userId, question, before, answer, blame);
        return true;
      case 404:
        if (question !== 'ME' || body.code !== 'NOT_REQUESTED') blame('an unexpected refusal');
        if (before.accepted) blame('a claim had been accepted');
        return true;
      case 409:
        if (body.code !== 'SOLD_OUT') blame('an unexpected refusal');
        if (before.accepted) blame('a claim had been accepted');
        this.users.set(userId, { ...this.of(userId), soldOut: true });
        return true;
      case 503:
        if (!(Number(answer.retryAfter) > 0)) blame('without Retry-After');
        return false;
      default:
        blame('an unexpected status');
        return true;
    }
  }

  /** The gate was emptied: who has no final answer may have lost claim and ticket, and keeps the receipt. */
  claimsMayBeLost(): void {
    for (const [userId, told] of this.users) {
      if (told.final === null) this.users.set(userId, { ...told, accepted: false, ticket: null });
    }
  }

  private hearClaim(
    userId: string,
    question: Question,
    before: Told,
    { status, body }: Answer,
    blame: (what: string) => void,
  ): void {
    const { ticket, issueNumber, reason } = body;
    if (changed(before.ticket, ticket)) blame(`the ticket was ${before.ticket}`);
    if (changed(before.issueNumber, issueNumber)) blame(`the issue number was ${before.issueNumber}`);
    if (changed(before.reason, reason)) blame(`the reason was ${before.reason}`);
    if (before.final && body.status !== 'UNKNOWN' && body.status !== before.final)
      blame(`it had ended ${before.final}`);
    if (status === 201 && before.final) blame('issued a second time');
    if (body.status === 'ISSUED' && issueNumber === undefined) blame('issued without a number');
    if (body.status === 'REJECTED' && reason === undefined) blame('rejected without a reason');
    // A look-up that cannot be answered now says nothing, neither for nor against a claim.
    if (question === 'ME' && body.status === 'UNKNOWN' && ticket === undefined) return;
    if (before.soldOut && !before.accepted && !this.leniency.unitsMayReturn) blame('"sold out" was not true');
    this.users.set(userId, merged(this.of(userId), body));
  }

  private count(question: Question, { status, body }: Answer): void {
    const kinds = [`${question} ${status}`];
    if (typeof body.status === 'string') kinds.push(`${question} ${body.status}`);
    for (const kind of kinds) this.heard.set(kind, this.times(kind) + 1);
  }
}

/** An answer that leaves a value out contradicts nothing. */
const changed = <T>(before: T | null, now: T | undefined): boolean =>
  before !== null && now !== undefined && now !== before;

function merged(told: Told, { status, ticket, receipt, issueNumber, reason }: AnswerBody): Told {
  return {
    accepted: true,
    ticket: ticket ?? told.ticket,
    receipt: receipt ?? told.receipt,
    issueNumber: issueNumber ?? told.issueNumber,
    final: status === 'ISSUED' || status === 'REJECTED' ? status : told.final,
    reason: reason ?? told.reason,
    soldOut: told.soldOut,
  };
}
