import { type IssueAnswer, readIssueAnswer } from './read-issue-answer.js';

const RECEIPT = /"receipt":"([^"]+)"/;
const LOST = '"reason":"LOST_IN_INCIDENT"';
/** Without a ticket too: so stands a loss that the gate has noted, until the consumer has settled it. */
const PENDING = '"status":"PENDING"';

/** How people behave where claims may be lost: they keep their receipts, and come back with them on 503. */
export class KeptReceipts {
  /** How often somebody was told 503 and came back. */
  turnedAway = 0;
  private readonly receipts = new Map<number, string>();

  /** Whoever was accepted. */
  get holders(): Uint32Array {
    return Uint32Array.from(this.receipts.keys());
  }

  /** A line in front of the last of a request's head, or nothing. */
  headerOf(user: number): string {
    const receipt = this.receipts.get(user);
    return receipt === undefined ? '' : `x-receipt: ${receipt}\r\n`;
  }

  /** null: to be asked again. A claim that was lost has another ticket afterwards, so tickets are not compared. */
  read(user: number, status: number, body: string): IssueAnswer | null {
    if (status === 503) {
      this.turnedAway += 1;
      return null;
    }
    const receipt = RECEIPT.exec(body)?.[1];
    if (receipt !== undefined) this.receipts.set(user, receipt);
    if (body.includes(LOST) || (status === 202 && body.includes(PENDING)))
      return { outcome: 'CLAIM', status, ticket: Number.NaN, issueNumber: Number.NaN, fault: null };
    return { ...readIssueAnswer(status, body), ticket: Number.NaN };
  }
}
