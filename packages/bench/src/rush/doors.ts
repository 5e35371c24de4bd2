export type Door = 'v1' | 'v2';

export type IssueMode = 'SYNC' | 'ASYNC' | 'BOTH';

interface DoorTraits {
  title: string;
  issueMode: IssueMode;
  path(couponId: number): string;
}

/** V1 rushes a BOTH coupon, so that the gate has something to learn from every issue that it did not give. */
export const DOORS: Record<Door, DoorTraits> = {
  v1: { title: 'V1', issueMode: 'BOTH', path: (couponId) => `/v1/coupons/${couponId}/issues` },
  v2: { title: 'V2', issueMode: 'ASYNC', path: (couponId) => `/v2/coupons/${couponId}/issues` },
};
