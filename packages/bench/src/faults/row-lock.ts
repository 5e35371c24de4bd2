import { createConnection } from 'mysql2/promise';

/** Holds the lock of a coupon's row from outside, so that whoever settles its claims has to wait. */
export async function lockCouponRow(mysqlUrl: string, couponId: number): Promise<() => Promise<void>> {
  const connection = await createConnection(mysqlUrl);
  await connection.beginTransaction();
  await connection.query('SELECT id FROM coupons WHERE id = ? FOR UPDATE', [couponId]);
  return async () => {
    await connection.rollback();
    await connection.end();
  };
}
