/** What the baselines keep in Redis, apart from the system's keys. */
export const baselineKeys = (couponId: number) => ({
  coupon: `bench:{${couponId}}:coupon`,
  claims: `bench:{${couponId}}:claims`,
  queue: `bench:{${couponId}}:queue`,
});

export const claimKey = (couponId: number, user: string): string => `bench:{${couponId}}:c:${user}`;
