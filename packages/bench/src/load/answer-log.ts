import type { IssueAnswer } from './read-issue-answer.js';

export const OUTCOME_CODE = { CLAIM: 1, SOLD_OUT: 2, FAULT: 3 } as const;
const OUTCOMES = ['CLAIM', 'SOLD_OUT', 'FAULT'] as const;

/**
 * Every answer in the order of arrival, in arrays that are allocated before the first request is sent: recording
 * costs no garbage, and nothing is aggregated away before the checks have seen it.
 */
export class AnswerLog {
  readonly user: Uint32Array;
  readonly outcome: Uint8Array;
  readonly status: Uint16Array;
  readonly ticket: Float64Array;
  readonly issueNumber: Float64Array;
  /** Why requests had no proper answer, and how often. */
  readonly faults = new Map<string, number>();
  private readonly latency: Float64Array;
  private readonly holdsClaim: Uint8Array;
  private recorded = 0;
  private claimHolders = 0;
  private soldOut = 0;
  private faulty = 0;

  constructor(
    readonly planned: number,
    readonly users: number,
  ) {
    this.user = new Uint32Array(planned);
    this.outcome = new Uint8Array(planned);
    this.status = new Uint16Array(planned);
    this.ticket = new Float64Array(planned);
    this.issueNumber = new Float64Array(planned);
    this.latency = new Float64Array(planned);
    this.holdsClaim = new Uint8Array(users);
  }

  record(user: number, answer: IssueAnswer, latencyMs: number): void {
    const at = this.recorded++;
    this.user[at] = user;
    this.outcome[at] = OUTCOME_CODE[answer.outcome];
    this.status[at] = answer.status;
    this.ticket[at] = answer.ticket;
    this.issueNumber[at] = answer.issueNumber;
    this.latency[at] = latencyMs;
    switch (answer.outcome) {
      case 'CLAIM':
        if (this.holdsClaim[user] === 0) this.claimHolders++;
        this.holdsClaim[user] = 1;
        break;
      case 'SOLD_OUT':
        this.soldOut++;
        break;
      case 'FAULT':
        this.faulty++;
        this.faults.set(answer.fault!, (this.faults.get(answer.fault!) ?? 0) + 1);
        break;
    }
  }

  /** The answers of both, these first. */
  followedBy(later: AnswerLog): AnswerLog {
    const both = new AnswerLog(this.planned + later.planned, this.users);
    for (const log of [this, later]) {
      for (let at = 0; at < log.recorded; at++)
        both.record(log.user[at]!, log.answerAt(at), log.latency[at]!);
    }
    both.faults.clear();
    for (const [fault, times] of [...this.faults, ...later.faults])
      both.faults.set(fault, (both.faults.get(fault) ?? 0) + times);
    return both;
  }

  /** A log for each of so many coupons whose users asked by turns. */
  ofEachCoupon(coupons: number): AnswerLog[] {
    const counts = new Uint32Array(coupons);
    for (let at = 0; at < this.recorded; at++) counts[this.user[at]! % coupons]!++;
    const logs = Array.from(counts, (answers) => new AnswerLog(answers, this.users));
    for (let at = 0; at < this.recorded; at++) {
      logs[this.user[at]! % coupons]!.record(this.user[at]!, this.answerAt(at), this.latency[at]!);
    }
    return logs;
  }

  /** Of a fault it says only that there was one. */
  private answerAt(at: number): IssueAnswer {
    return {
      outcome: OUTCOMES[this.outcome[at]! - 1]!,
      status: this.status[at]!,
      ticket: this.ticket[at]!,
      issueNumber: this.issueNumber[at]!,
      fault: 'no proper answer',
    };
  }

  get count(): number {
    return this.recorded;
  }

  get usersWithClaim(): number {
    return this.claimHolders;
  }

  get soldOutCount(): number {
    return this.soldOut;
  }

  get faultCount(): number {
    return this.faulty;
  }

  get latenciesMs(): Float64Array {
    return this.latency.subarray(0, this.recorded);
  }
}
