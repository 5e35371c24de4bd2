import { PROBLEM_CODES, type ProblemCode, STATUS_OF, TITLE_OF } from '../http/problem.js';
import type { Response } from './document-types.js';
import { type HeaderName, headerRefs } from './headers.js';

const HEADERS_OF_STATUS: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  503: ['Retry-After'],
};

/** The problems of a call by status, each naming the codes that may stand in it. */
export function problemResponses(codes: readonly ProblemCode[]): Record<string, Response> {
  const statuses = new Set(codes.map((code) => STATUS_OF[code]));
  return Object.fromEntries(
    [...statuses].map((status) => [
      String(status),
      problemResponse(
        status,
        PROBLEM_CODES.filter((code) => codes.includes(code) && STATUS_OF[code] === status),
      ),
    ]),
  );
}

function problemResponse(status: number, codes: readonly ProblemCode[]): Response {
  return {
    description: codes.map((code) => `- \`${code}\`: ${TITLE_OF[code]}`).join('\n'),
    headers: headerRefs(HEADERS_OF_STATUS[status] ?? []),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
