import type { IssueAnswer, RequestAnswer, StatusAnswer } from 'coupon-core';
import { type Answer, jsonAnswer, problemAnswer } from '../http/answer.js';
import { claimJson, issueJson, statusJson } from './issue-body.js';

/** What V1 has decided, as HTTP says it. */
export function answerOfIssue(answer: IssueAnswer, requestId: string): Answer {
  switch (answer.outcome) {
    case 'ISSUED':
      return jsonAnswer(201, issueJson(answer.issue));
    case 'REPEATED':
      return jsonAnswer(200, issueJson(answer.issue));
    case 'CLAIM':
      return jsonAnswer(202, claimJson(answer.view));
    case 'REFUSED':
      return problemAnswer(answer.code, requestId);
    case 'UNAVAILABLE':
      return problemAnswer('UNAVAILABLE', requestId, answer);
  }
}

/** The same of V2. */
export function answerOfRequest(answer: RequestAnswer, requestId: string): Answer {
  switch (answer.outcome) {
    case 'CLAIM':
      return jsonAnswer(202, claimJson(answer.view));
    case 'ISSUED_BY_V1':
      return jsonAnswer(200, issueJson(answer.issue));
    case 'REFUSED':
      return problemAnswer(answer.code, requestId);
    case 'UNAVAILABLE':
      return problemAnswer('UNAVAILABLE', requestId, answer);
  }
}

/** The same of a look-up. */
export function answerOfStatus(answer: StatusAnswer, requestId: string): Answer {
  switch (answer.outcome) {
    case 'CLAIM':
      return { ...jsonAnswer(200, statusJson(answer.view)), headers: ['cache-control', 'no-store'] };
    case 'NOT_REQUESTED':
      return problemAnswer('NOT_REQUESTED', requestId);
    case 'REFUSED':
      return problemAnswer(answer.code, requestId);
    case 'UNAVAILABLE':
      return problemAnswer('UNAVAILABLE', requestId, answer);
  }
}
