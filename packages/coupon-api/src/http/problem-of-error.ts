import { ServerAway } from 'coupon-core';
import type { ProblemDetails } from './answer.js';
import { NotAnswerable, type ProblemCode, RequestRefused } from './problem.js';

/** The frameworks' own refusals, by status; every other 4xx of theirs says that the request is malformed. */
const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  404: 'ROUTE_NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  503: 'UNAVAILABLE',
};

export interface ErrorAnswer extends ProblemDetails {
  code: ProblemCode;
}

/** What a thrown value is answered with. Whatever nobody has foreseen is an INTERNAL_ERROR that says nothing. */
export function answerOf(cause: unknown): ErrorAnswer {
  if (cause instanceof NotAnswerable || cause instanceof ServerAway) return unavailable(cause.retryAfterMs);
  if (cause instanceof RequestRefused) {
    const { code, detail, challenge } = cause;
    return challenge === undefined ? { code, detail } : { code, detail, challenge };
  }
  if (!(cause instanceof Error)) return { code: 'INTERNAL_ERROR' };
  const status = statusOf(cause);
  if (status === null) return { code: 'INTERNAL_ERROR' };
  const code = CODE_OF_STATUS[status] ?? (status < 500 ? 'VALIDATION_FAILED' : 'INTERNAL_ERROR');
  return code === 'VALIDATION_FAILED' ? { code, detail: cause.message } : { code };
}

const unavailable = (retryAfterMs: number | undefined): ErrorAnswer =>
  retryAfterMs === undefined ? { code: 'UNAVAILABLE' } : { code: 'UNAVAILABLE', retryAfterMs };

/** Fastify's errors carry `statusCode`, Nest's `getStatus()`. */
function statusOf(cause: Error): number | null {
  const { statusCode, getStatus } = cause as { statusCode?: unknown; getStatus?: unknown };
  const status = typeof getStatus === 'function' ? getStatus.call(cause) : statusCode;
  return typeof status === 'number' && status >= 400 ? status : null;
}
