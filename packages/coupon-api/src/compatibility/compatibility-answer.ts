import type { ClaimView, IssueAnswer, RejectionReason, RequestAnswer } from 'coupon-core';
import { z } from 'zod';
import { NotAnswerable, TITLE_OF } from '../http/problem.js';

export const compatibilityAnswerSchema = z
  .object({
    isSuccess: z.boolean(),
    comment: z.string().nullable().describe('A fixed sentence; null where there is nothing to say.'),
  })
  .meta({ id: 'CompatibilityAnswer' });

export type CompatibilityAnswer = z.infer<typeof compatibilityAnswerSchema>;

const SUCCESS: CompatibilityAnswer = { isSuccess: true, comment: null };
/** Of a call that should have issued at once. */
const HANDED_OVER: CompatibilityAnswer = {
  isSuccess: true,
  comment: 'The request stands in line; it is decided in a moment.',
};

const REJECTED: Readonly<Record<RejectionReason, string>> = {
  SOLD_OUT: TITLE_OF.SOLD_OUT,
  ALREADY_ISSUED: TITLE_OF.ALREADY_ISSUED,
  LOST_IN_INCIDENT: 'The request was lost in an incident, and no unit is left.',
  DISCARDED: 'The request could not be processed.',
};

const refused = (comment: string): CompatibilityAnswer => ({ isSuccess: false, comment });

/** What V1 has decided, as that service says it. Throws `NotAnswerable` where nothing can be said. */
export function issueAnswer(answer: IssueAnswer): CompatibilityAnswer {
  switch (answer.outcome) {
    case 'ISSUED':
    case 'REPEATED':
      return SUCCESS;
    case 'CLAIM':
      return claimAnswer(answer.view, HANDED_OVER);
    case 'REFUSED':
      return refused(TITLE_OF[answer.code]);
    case 'UNAVAILABLE':
      throw new NotAnswerable(answer.retryAfterMs);
  }
}

/** The same of V2. */
export function requestAnswer(answer: RequestAnswer): CompatibilityAnswer {
  switch (answer.outcome) {
    case 'ISSUED_BY_V1':
      return SUCCESS;
    case 'CLAIM':
      return claimAnswer(answer.view, SUCCESS);
    case 'REFUSED':
      return refused(TITLE_OF[answer.code]);
    case 'UNAVAILABLE':
      throw new NotAnswerable(answer.retryAfterMs);
  }
}

function claimAnswer({ status, issue }: ClaimView, pending: CompatibilityAnswer): CompatibilityAnswer {
  switch (status) {
    case 'PENDING':
      return pending;
    case 'ISSUED':
      return SUCCESS;
    case 'REJECTED':
      return refused(issue?.status === 'REJECTED' ? REJECTED[issue.reason] : TITLE_OF.SOLD_OUT);
    case 'UNKNOWN':
      throw new NotAnswerable();
  }
}
