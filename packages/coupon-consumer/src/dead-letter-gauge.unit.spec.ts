import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { deadLetterGauge } from './dead-letter-gauge.js';

describe('the gauge of dead letters', () => {
  it('counts them by state when it is read', async () => {
    const registry = new Registry();
    let waiting = 2;
    deadLetterGauge({ openDeadLetters: async () => ({ waiting, permanentFailures: 1 }) }, registry);
    expect(await registry.metrics()).toContain('coupon_dead_letters{state="waiting"} 2');
    waiting = 0;
    const text = await registry.metrics();
    expect(text).toContain('coupon_dead_letters{state="waiting"} 0');
    expect(text).toContain('coupon_dead_letters{state="permanent_failure"} 1');
  });

  it('has no value, and breaks no other metric, while nobody can say', async () => {
    const registry = new Registry();
    deadLetterGauge({ openDeadLetters: () => Promise.reject(new Error('away')) }, registry);
    expect(await registry.metrics()).not.toMatch(/^coupon_dead_letters\{/m);
  });
});
