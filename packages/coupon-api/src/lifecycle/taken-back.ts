import type { TakeBackDecision, Unavailable } from 'coupon-core';
import { RequestRefused } from '../http/problem.js';
import { type IssueBody, issueBody } from '../issuance/issue-body.js';
import { issueSchema } from '../issuance/issue-schemas.js';
import { BODY_REFUSALS } from '../openapi/call-description.js';

/** What cancelling and revoking have in common. */
export const TAKE_BACK_CALL = {
  answers: {
    200: { description: 'The issue, with its `lifecycle`; a repeat answers the same.', body: issueSchema },
  },
  refusals: [...BODY_REFUSALS, 'ISSUE_NOT_FOUND', 'ISSUE_NOT_CANCELLABLE'],
} as const;

/** The issue that was taken back; throws `RequestRefused` where it was not. */
export function takenBack(answer: TakeBackDecision | Unavailable): IssueBody {
  switch (answer.outcome) {
    case 'TAKEN_BACK':
    case 'REPEATED':
      return issueBody(answer.issue);
    case 'NOT_FOUND':
      throw new RequestRefused('ISSUE_NOT_FOUND');
    case 'TOO_LATE':
      throw new RequestRefused('ISSUE_NOT_CANCELLABLE', `The issue is ${answer.lifecycle}.`);
    case 'UNAVAILABLE':
      throw new RequestRefused('UNAVAILABLE');
  }
}
