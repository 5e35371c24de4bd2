import { z } from 'zod';
import { totalQuantity } from './create-coupon.body.js';

/** The body of `POST /admin/v1/coupons/{id}/quantity`. */
export const changeQuantityBody = z.strictObject({ total: totalQuantity }).meta({ id: 'Quantity' });

export type ChangeQuantityBody = z.infer<typeof changeQuantityBody>;
