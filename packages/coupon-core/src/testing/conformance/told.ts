import type { Reading } from 'protocol-model';
import type { IssueAnswer, RequestAnswer, StatusAnswer } from '../../issuance/claim-view.js';

/** The reading a person gets, in the model's words. */
export type Told = string;

export function textOf(reading: Reading): Told {
  switch (reading.status) {
    case 'ISSUED':
      return `ISSUED ${reading.number}`;
    case 'REJECTED':
      return `REJECTED ${reading.reason}`;
    case 'REFUSED':
      return `REFUSED ${reading.refusal}`;
    default:
      return reading.status;
  }
}

export function toldByIssue(answer: IssueAnswer): Told {
  switch (answer.outcome) {
    case 'ISSUED':
    case 'REPEATED':
      return `ISSUED ${answer.issue.issueNumber}`;
    default:
      return toldByRequest(answer);
  }
}

export function toldByRequest(
  answer: Exclude<IssueAnswer, { outcome: 'ISSUED' | 'REPEATED' }> | RequestAnswer | StatusAnswer,
): Told {
  switch (answer.outcome) {
    case 'ISSUED_BY_V1':
      return `ISSUED ${answer.issue.issueNumber}`;
    case 'REFUSED':
      return `REFUSED ${answer.code}`;
    case 'CLAIM': {
      const { issue, status } = answer.view;
      if (issue?.status === 'ISSUED') return `ISSUED ${issue.issueNumber}`;
      return issue ? `REJECTED ${issue.reason}` : status;
    }
    default:
      return answer.outcome;
  }
}
