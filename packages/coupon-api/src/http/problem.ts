import type { RefusalCode } from 'coupon-core';

/** What refuses a request before, or beside, the decision about its coupon. */
export type RequestCode =
  | 'VALIDATION_FAILED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'ROUTE_NOT_FOUND'
  | 'NOT_REQUESTED'
  | 'ISSUE_NOT_FOUND'
  | 'ISSUE_NOT_CANCELLABLE'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNAVAILABLE'
  | 'INTERNAL_ERROR';

/** What only an operator's call may be refused with. */
export type OperatorCode =
  | 'INVALID_STATE_CHANGE'
  | 'REBUILD_OVERTAKEN'
  | 'NOT_EDITABLE'
  | 'PRECONDITION_FAILED'
  | 'DECREASE_UNDER_WAY'
  | 'QUANTITY_BELOW_CLAIMED'
  | 'DEAD_LETTER_NOT_FOUND'
  | 'DEAD_LETTER_DECIDED';

export type ProblemCode = RefusalCode | RequestCode | OperatorCode;

/** Every code with its status: a code that is added to one of the unions does not compile until it stands here. */
export const STATUS_OF: Readonly<Record<ProblemCode, number>> = {
  COUPON_NOT_FOUND: 404,
  WRONG_MODE: 409,
  IDEMPOTENCY_KEY_REQUIRED: 400,
  NOT_STARTED: 409,
  ENDED: 409,
  PAUSED: 409,
  CLOSED: 409,
  ALREADY_ISSUED: 409,
  SOLD_OUT: 409,
  VALIDATION_FAILED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  ROUTE_NOT_FOUND: 404,
  NOT_REQUESTED: 404,
  ISSUE_NOT_FOUND: 404,
  ISSUE_NOT_CANCELLABLE: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNAVAILABLE: 503,
  INTERNAL_ERROR: 500,
  INVALID_STATE_CHANGE: 409,
  REBUILD_OVERTAKEN: 409,
  NOT_EDITABLE: 409,
  PRECONDITION_FAILED: 412,
  DECREASE_UNDER_WAY: 409,
  QUANTITY_BELOW_CLAIMED: 409,
  DEAD_LETTER_NOT_FOUND: 404,
  DEAD_LETTER_DECIDED: 409,
};

export const PROBLEM_CODES = Object.keys(STATUS_OF) as ProblemCode[];

/** One fixed sentence a code; a `detail` may say more. */
export const TITLE_OF: Readonly<Record<ProblemCode, string>> = {
  COUPON_NOT_FOUND: 'There is no such coupon.',
  WRONG_MODE: 'This coupon is not issued by this call.',
  IDEMPOTENCY_KEY_REQUIRED:
    'One person may have several of this coupon, so the request needs an Idempotency-Key.',
  NOT_STARTED: 'The issue window has not begun.',
  ENDED: 'The issue window is over.',
  PAUSED: 'Issuing is paused.',
  CLOSED: 'The coupon is closed.',
  ALREADY_ISSUED: 'The caller has as many of this coupon as one person may have.',
  SOLD_OUT: 'No unit is left.',
  VALIDATION_FAILED: 'The request is not valid.',
  UNAUTHENTICATED: 'The request does not say who is calling.',
  FORBIDDEN: 'The caller may not do this.',
  ROUTE_NOT_FOUND: 'There is no such call.',
  NOT_REQUESTED: 'This user has not requested this coupon.',
  ISSUE_NOT_FOUND: 'The caller has no such issue.',
  ISSUE_NOT_CANCELLABLE: 'The issue can no longer be taken back.',
  PAYLOAD_TOO_LARGE: 'The request body is too large.',
  UNSUPPORTED_MEDIA_TYPE: 'The request body has to be application/json.',
  UNAVAILABLE: 'This cannot be answered at the moment; repeat it later.',
  INTERNAL_ERROR: 'Something went wrong on our side.',
  INVALID_STATE_CHANGE: 'The coupon cannot change to this state.',
  REBUILD_OVERTAKEN: 'Another rebuild of this gate came in between.',
  NOT_EDITABLE: 'This cannot be changed any more.',
  PRECONDITION_FAILED: 'The coupon is not the one that `If-Match` names any more.',
  DECREASE_UNDER_WAY: 'Another decrease is being decided; repeat this a moment later.',
  QUANTITY_BELOW_CLAIMED: 'More units than that are issued or promised already.',
  DEAD_LETTER_NOT_FOUND: 'There is no such dead letter.',
  DEAD_LETTER_DECIDED: 'This dead letter has been decided already.',
};

/** RFC 9457 problem details. `correlationId` equals the `X-Request-Id` of the answer. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  correlationId: string;
}

export function problem(code: ProblemCode, detail: string | undefined, correlationId: string): Problem {
  return {
    type: TYPE_OF[code],
    title: TITLE_OF[code],
    status: STATUS_OF[code],
    code,
    detail: detail ?? TITLE_OF[code],
    correlationId,
  };
}

/** A name, not an address: nothing is served there, so nothing can go missing. */
const TYPE_OF = Object.fromEntries(
  PROBLEM_CODES.map((code) => [code, `urn:fcfs-coupons:problem:${code.toLowerCase().replaceAll('_', '-')}`]),
) as Record<ProblemCode, string>;

/** Thrown where a request is refused; answered as a problem of this code. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';

  /** `challenge`: the `WWW-Authenticate` of the answer. */
  constructor(
    readonly code: ProblemCode,
    readonly detail?: string,
    readonly challenge?: string,
  ) {
    super(detail ?? TITLE_OF[code]);
  }
}

/** Nothing is known about what was asked for. `retryAfterMs`: how long it will stay so, where that is known. */
export class NotAnswerable extends RequestRefused {
  constructor(readonly retryAfterMs?: number) {
    super('UNAVAILABLE');
  }
}
