import type { ClaimView, IssuedCoupon } from 'coupon-core';

/** An issue as the V1 door answers it. Times are RFC 3339, UTC, with milliseconds; `expiresAt` null: never. */
export interface IssueBody {
  couponId: number;
  userId: string;
  issueNumber: number;
  status: 'ISSUED';
  issuedAt: string;
  expiresAt: string | null;
}

/** A claim as the V2 door answers it; what is not known, or does not apply to its status, is left out. */
export interface ClaimBody {
  couponId: number;
  userId: string;
  ticket?: number;
  status: ClaimView['status'];
  issueNumber?: number;
  reason?: string;
  position?: number;
  estimatedWaitMs?: number;
  receipt?: string;
  links: { self: string };
}

/** What became of a claim, as its owner may look it up. */
export interface StatusBody {
  status: ClaimView['status'];
  lifecycle?: string;
  ticket?: number;
  issueNumber?: number;
  position?: number;
  reason?: string;
  issuedAt?: string;
}

export function issueBody(issue: IssuedCoupon): IssueBody {
  return {
    couponId: issue.couponId,
    userId: issue.userId,
    issueNumber: issue.issueNumber,
    status: issue.status,
    issuedAt: new Date(issue.issuedAt).toISOString(),
    expiresAt: issue.expiresAt === null ? null : new Date(issue.expiresAt).toISOString(),
  };
}

export function claimBody(view: ClaimView): ClaimBody {
  const { issue } = view;
  return {
    couponId: view.couponId,
    userId: view.userId,
    ticket: view.ticket ?? undefined,
    status: view.status,
    issueNumber: issue?.status === 'ISSUED' ? issue.issueNumber : undefined,
    reason: issue?.status === 'REJECTED' ? issue.reason : undefined,
    position: view.position ?? undefined,
    estimatedWaitMs: view.estimatedWaitMs ?? undefined,
    receipt: view.receipt ?? undefined,
    links: { self: `/v2/coupons/${view.couponId}/issues/me` },
  };
}

export function statusBody({ status, ticket, position, issue }: ClaimView): StatusBody {
  const issued = issue?.status === 'ISSUED' ? issue : null;
  return {
    status,
    lifecycle: issued?.lifecycle ?? undefined,
    ticket: ticket ?? undefined,
    issueNumber: issued?.issueNumber,
    position: position ?? undefined,
    reason: issue?.status === 'REJECTED' ? issue.reason : undefined,
    issuedAt: issued ? new Date(issued.issuedAt).toISOString() : undefined,
  };
}
