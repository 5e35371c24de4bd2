import type { UserId } from './ids.js';
import type { IssuedCoupon, Lifecycle } from './issue.js';

/** The ends of an issue after which its unit may be offered again: by its owner's wish, or by an operator's. */
export type TakenBack = Extract<Lifecycle, 'CANCELLED' | 'REVOKED'>;

export type TakeBackDecision =
  | { outcome: 'TAKEN_BACK'; issue: IssuedCoupon & { lifecycle: TakenBack } }
  /** It had been taken back in the same way before. */
  | { outcome: 'REPEATED'; issue: IssuedCoupon }
  | { outcome: 'NOT_FOUND' }
  | { outcome: 'TOO_LATE'; lifecycle: Lifecycle };

/** Which issue, and whose it has to be: another's reads like none, so that nobody learns which numbers were given. */
export interface TakeBack {
  issueNumber: number;
  /** null: anybody's. */
  owner: UserId | null;
}

/**
 * Decides every member of a combined batch, in order of arrival, before anything is written: of two that name the
 * same issue, the second finds it taken back. `now` is the database's clock.
 */
export function decideTakeBacks(
  issues: readonly IssuedCoupon[],
  members: readonly TakeBack[],
  as: TakenBack,
  now: number,
): TakeBackDecision[] {
  const present = new Map(issues.map((issue) => [issue.issueNumber, issue]));
  return members.map(({ issueNumber, owner }) => {
    const issue = present.get(issueNumber);
    if (!issue || (owner !== null && issue.userId !== owner)) return { outcome: 'NOT_FOUND' };
    const decision = decide(issue, as, now);
    if (decision.outcome === 'TAKEN_BACK') present.set(issueNumber, decision.issue);
    return decision;
  });
}

function decide(issue: IssuedCoupon, as: TakenBack, now: number): TakeBackDecision {
  const { lifecycle, expiresAt } = issue;
  if (lifecycle === as) return { outcome: 'REPEATED', issue };
  if (lifecycle !== null) return { outcome: 'TOO_LATE', lifecycle };
  // It has expired at that moment, whether or not the row says so yet.
  if (expiresAt !== null && expiresAt <= now) return { outcome: 'TOO_LATE', lifecycle: 'EXPIRED' };
  return { outcome: 'TAKEN_BACK', issue: { ...issue, lifecycle: as } };
}
