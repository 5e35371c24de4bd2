import type { ProblemCode } from '../http/problem.js';
import type { Operation, Response } from './document-types.js';
import { problemResponses } from './problem-responses.js';

/** What /openapi.json says of a call beyond what its route and its schemas say already. */
export interface CallDescription {
  /** Names the call in generated clients: once given, it stays. */
  operationId: string;
  summary: string;
  description?: string;
  caller: 'anybody' | 'user' | 'operator';
  /** Beside those that the caller's name and the server's state bring with them. */
  refusals: readonly ProblemCode[];
}

/** Of calls whose body Fastify reads, whether they need one or not. */
export const BODY_REFUSALS = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;

const ANYWHERE = ['INTERNAL_ERROR', 'UNAVAILABLE'] as const;
const CALLER_REFUSALS = {
  anybody: [],
  user: ['VALIDATION_FAILED', 'UNAUTHENTICATED'],
  operator: ['VALIDATION_FAILED', 'UNAUTHENTICATED', 'FORBIDDEN'],
} as const satisfies Record<CallDescription['caller'], readonly ProblemCode[]>;

/** Who may call, by a name that becomes the schemes of the process's `AUTH_MODE` when the document is made. */
export const securityOf = ({ caller }: CallDescription): NonNullable<Operation['security']> =>
  caller === 'anybody' ? [] : [{ [caller]: [] }];

export function problemsOf({ caller, refusals }: CallDescription): Record<string, Response> {
  return problemResponses([...refusals, ...CALLER_REFUSALS[caller], ...ANYWHERE]);
}
