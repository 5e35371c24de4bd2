import type { Coupon, CouponDefinition } from './coupon.js';

export type CouponEdits = Partial<CouponDefinition>;
export type DefinitionField = keyof CouponDefinition;

export interface DefinitionFault {
  field: DefinitionField;
  fault: string;
}

export type EditDecision =
  | { outcome: 'UNCHANGED' }
  /** `changes`: of what was asked for, what differs. */
  | { outcome: 'EDITED'; changes: CouponEdits }
  | { outcome: 'CLOSED' }
  /** Processes remember it, the gate depends on it, or somebody may hold a coupon that says so. */
  | { outcome: 'NOT_EDITABLE'; fields: DefinitionField[] }
  | { outcome: 'INVALID'; faults: DefinitionFault[] };

/** What may change once the coupon is published. Validity counts for later issues: a row keeps the one it was given. */
const EDITABLE_WHEN_PUBLISHED: ReadonlySet<DefinitionField> = new Set([
  'title',
  'issueStartsAt',
  'issueEndsAt',
  'validForDays',
  'expiresAt',
  'returnCancelledUnits',
  'metadata',
]);

export function decideEdit(coupon: Coupon, edits: CouponEdits): EditDecision {
  if (coupon.state === 'CLOSED') return { outcome: 'CLOSED' };
  const fields = (Object.keys(edits) as DefinitionField[]).filter((field) =>
    differs(edits[field], coupon[field]),
  );
  if (fields.length === 0) return { outcome: 'UNCHANGED' };
  const fixed = coupon.state === 'DRAFT' ? [] : fields.filter((field) => !EDITABLE_WHEN_PUBLISHED.has(field));
  if (fixed.length > 0) return { outcome: 'NOT_EDITABLE', fields: fixed };
  const faults = faultsOf({ ...coupon, ...edits });
  if (faults.length > 0) return { outcome: 'INVALID', faults };
  return { outcome: 'EDITED', changes: picked(edits, fields) };
}

/** What fields say of each other. */
export function faultsOf(
  definition: Pick<
    CouponDefinition,
    'issueMode' | 'admission' | 'issueStartsAt' | 'issueEndsAt' | 'validForDays' | 'expiresAt'
  >,
): DefinitionFault[] {
  const { issueMode, admission, issueStartsAt, issueEndsAt, validForDays, expiresAt } = definition;
  const faults: DefinitionFault[] = [];
  if (issueStartsAt >= issueEndsAt)
    faults.push({ field: 'issueEndsAt', fault: 'has to lie after issueStartsAt' });
  if (expiresAt !== null && validForDays !== null)
    faults.push({ field: 'expiresAt', fault: 'cannot be given together with validForDays' });
  if (expiresAt !== null && expiresAt < issueEndsAt)
    faults.push({ field: 'expiresAt', fault: 'has to lie at or after issueEndsAt' });
  if (issueMode === 'SYNC' && admission === 'QUEUE')
    faults.push({ field: 'admission', fault: 'has to be GATE where issueMode is SYNC, which has no queue' });
  return faults;
}

/** The gate knows the window; all else that may be edited is the rows' affair. */
export const movesGate = (changes: CouponEdits): boolean =>
  changes.issueStartsAt !== undefined || changes.issueEndsAt !== undefined;

const differs = (left: unknown, right: unknown): boolean => JSON.stringify(left) !== JSON.stringify(right);

/** These fields of an object. */
export function picked(from: CouponEdits, fields: readonly DefinitionField[]): CouponEdits {
  return Object.fromEntries(fields.map((field) => [field, from[field]]));
}
