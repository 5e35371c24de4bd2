import type { ClaimView, CouponId, IssuedCoupon, Lifecycle, UserId } from 'coupon-core';

/** An issue as its calls answer it. Times are RFC 3339, UTC, with milliseconds; `expiresAt` null: never. */
export interface IssueBody {
  couponId: CouponId;
  userId: UserId;
  issueNumber: number;
  status: 'ISSUED';
  issuedAt: string;
  expiresAt: string | null;
  /** Absent while nothing has happened to the issue. */
  lifecycle?: Lifecycle;
}

export function issueBody({
  couponId,
  userId,
  issueNumber,
  status,
  issuedAt,
  expiresAt,
  lifecycle,
}: IssuedCoupon): IssueBody {
  const body: IssueBody = {
    couponId,
    userId,
    issueNumber,
    status,
    issuedAt: timeOf(issuedAt),
    expiresAt: expiresAt === null ? null : timeOf(expiresAt),
  };
  if (lifecycle !== null) body.lifecycle = lifecycle;
  return body;
}

/** As the V1 door sends it. */
export const issueJson = (issue: IssuedCoupon): string => JSON.stringify(issueBody(issue));

/**
 * A claim as the V2 door answers it; what is not known, or does not apply to its status, is left out. Pieced together
 * by hand, because it is written for every winner of a rush: nothing in it has a character that JSON would escape.
 */
export function claimJson(view: ClaimView): string {
  const { couponId, ticket, position, estimatedWaitMs, receipt, issue } = view;
  let json = `{"couponId":${couponId},"userId":"${view.userId}","status":"${view.status}"`;
  if (ticket !== null) json += `,"ticket":${ticket}`;
  if (issue?.status === 'ISSUED') {
    json += `,"issueNumber":${issue.issueNumber}`;
    if (issue.lifecycle !== null) json += `,"lifecycle":"${issue.lifecycle}"`;
  }
  if (issue?.status === 'REJECTED') json += `,"reason":"${issue.reason}"`;
  if (position !== null) json += `,"position":${position}`;
  if (estimatedWaitMs !== null) json += `,"estimatedWaitMs":${estimatedWaitMs}`;
  if (receipt !== null) json += `,"receipt":"${receipt}"`;
  return `${json},"links":{"self":"/v2/coupons/${couponId}/issues/me"}}`;
}

/** What became of a claim, as its owner may look it up; what is not known, or does not apply, is left out. */
export function statusJson({ status, ticket, position, issue }: ClaimView): string {
  const issued = issue?.status === 'ISSUED' ? issue : null;
  return JSON.stringify({
    status,
    lifecycle: issued?.lifecycle ?? undefined,
    ticket: ticket ?? undefined,
    issueNumber: issued?.issueNumber,
    position: position ?? undefined,
    reason: issue?.status === 'REJECTED' ? issue.reason : undefined,
    issuedAt: issued ? timeOf(issued.issuedAt) : undefined,
  });
}

const timeOf = (at: number): string => new Date(at).toISOString();
