import { PROBLEM_CODES, type ProblemCode, problem, STATUS_OF } from './problem.js';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** How long a client should wait, at least, before it repeats what could not be answered. */
const RETRY_AFTER_SECONDS_MIN = 1;

/** What a problem may say beside its code. */
export interface ProblemDetails {
  detail?: string;
  /** The `WWW-Authenticate` of the answer. */
  challenge?: string;
  /** For how long it will certainly not be answered, where that is known. */
  retryAfterMs?: number;
}

const NOTHING_MORE: ProblemDetails = {};

/** What a request is answered with, ready to be written. */
export interface Answer {
  status: number;
  contentType: string;
  body: string;
  /** Names and values by turns, as Node's `writeHead` takes them. */
  headers?: readonly string[];
}

export function jsonAnswer(status: number, body: string): Answer {
  return { status, contentType: JSON_TYPE, body };
}

export function problemAnswer(
  code: ProblemCode,
  requestId: string,
  { detail, challenge, retryAfterMs = 0 }: ProblemDetails = NOTHING_MORE,
): Answer {
  const answer: Answer = {
    status: STATUS_OF[code],
    contentType: PROBLEM_JSON,
    body:
      detail === undefined ? usualProblem(code, requestId) : JSON.stringify(problem(code, detail, requestId)),
  };
  if (answer.status === 503) answer.headers = ['retry-after', retryAfter(retryAfterMs)];
  if (challenge !== undefined) answer.headers = ['www-authenticate', challenge];
  return answer;
}

const retryAfter = (ms: number): string => String(Math.max(RETRY_AFTER_SECONDS_MIN, Math.ceil(ms / 1_000)));

/** Without a detail of its own a problem differs from the others of its code by its last member only. */
function usualProblem(code: ProblemCode, requestId: string): string {
  return `${BEFORE_ID[code]}${JSON.stringify(requestId)}}`;
}

const BEFORE_ID = Object.fromEntries(
  PROBLEM_CODES.map((code) => [code, JSON.stringify(problem(code, undefined, '')).slice(0, -'""}'.length)]),
) as Record<ProblemCode, string>;
