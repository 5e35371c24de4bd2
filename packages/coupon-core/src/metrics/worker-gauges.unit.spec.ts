import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Coupon } from '../coupon/coupon.js';
import type { TopicLag } from '../issuance/relayed-entries.js';
import { aCoupon } from '../testing/a-coupon.js';
import { registerWorkerGauges } from './worker-gauges.js';

/** What the gauges say about these coupons, whose gates have admitted so many. */
async function gaugesOf(
  coupons: Coupon[],
  admitted: (number | null)[],
  lags: TopicLag[] = [],
): Promise<string> {
  const registry = new Registry();
  const queue = { backlogs: async () => [], admitted: async () => admitted };
  registerWorkerGauges(registry, queue, { lag: async () => lags }, { list: async () => coupons }, 5);
  return registry.metrics();
}

describe('the gauges of the newest coupons', () => {
  it('tell issued, promised and left, and how much of what is due is done', async () => {
    const coupon = aCoupon({
      totalQuantity: 100,
      issuedQuantity: 60,
      issuedByV1: 10,
      givenBack: 0,
      returned: 0,
    });
    const text = await gaugesOf([coupon], [70]);
    const id = coupon.id;
    for (const [kind, value] of [
      ['total', 100],
      ['issued', 60],
      ['in_line', 20],
      ['left', 40],
    ]) {
      expect(text).toContain(`coupon_units{coupon="${id}",kind="${kind}"} ${value}`);
    }
    expect(text).toContain(`coupon_issuance_accuracy_ratio{coupon="${id}"} 0.75`);
    expect(text).toContain('\ncoupon_over_issued_units 0');
  });

  it('count units beyond the total, and no accuracy where nobody has asked', async () => {
    const over = aCoupon({ totalQuantity: 10, issuedQuantity: 13, givenBack: 1 });
    const unasked = { ...aCoupon({ totalQuantity: null, issuedQuantity: 0 }), id: 77 as Coupon['id'] };
    const text = await gaugesOf([over, unasked], [null, 0]);
    expect(text).toContain('\ncoupon_over_issued_units 2');
    expect(text).not.toContain('coupon_issuance_accuracy_ratio{coupon="77"}');
    expect(text).not.toContain('coupon_units{coupon="77",kind="left"}');
  });
});

describe('the gauge of the topic', () => {
  it('has a value for each partition, and none where claims go through no topic', async () => {
    const lags = [0, 7].map((messages, partition) => ({ group: 'g', partition, messages }));
    const text = await gaugesOf([], [], lags);
    expect(text).toContain('coupon_topic_lag_messages{group="g",partition="0"} 0');
    expect(text).toContain('coupon_topic_lag_messages{group="g",partition="1"} 7');
    expect(await gaugesOf([], [])).not.toContain('coupon_topic_lag_messages{');
  });
});
