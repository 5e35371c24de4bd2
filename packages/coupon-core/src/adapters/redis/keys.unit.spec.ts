import { describe, expect, it } from '@jest/globals';
import { UNLIMITED_CAPACITY } from '../../coupon/coupon.js';
import { couponId, user, users } from '../../testing/a-coupon.js';
import { bucketsFor, hashOf, Keys } from './keys.js';

describe('the keys of a shard', () => {
  const keys = new Keys('fcfs');
  const ofShard = (shard: number) => [
    keys.queue(shard),
    keys.drain(shard),
    keys.gate(shard, couponId(7)),
    keys.claims(shard, couponId(7), 3, 12),
    keys.built(shard, couponId(7)),
    keys.shut(shard),
    keys.lock(shard, couponId(7)),
  ];

  it('all carry its one hash tag, and the namespace and layout in front', () => {
    for (const key of ofShard(4)) expect(key).toMatch(/^fcfs1:\{4\}:/);
  });

  it('differ from each other and from those of every other shard and namespace', () => {
    const all = [...ofShard(0), ...ofShard(1), new Keys('other').queue(0)];
    expect(new Set(all).size).toBe(all.length);
  });

  it('are made of prefixes that the scripts continue in the same way', () => {
    expect(keys.gate(4, couponId(7))).toBe(`${keys.gatePrefix(4)}7`);
    expect(keys.claims(4, couponId(7), 3, 12)).toBe(`${keys.claimsPrefix(4)}7:3:12`);
  });
});

describe('claim buckets', () => {
  it('hold a hundred claims on average, and there is at least one', () => {
    expect([0, 1, 100, 101, 100_000].map(bucketsFor)).toEqual([1, 1, 1, 2, 1_000]);
    expect(bucketsFor(UNLIMITED_CAPACITY)).toBe(1_024);
  });

  it('are chosen by FNV-1a, as its published values say', () => {
    expect(hashOf(user('a'))).toBe(0xe40c292c);
    expect(hashOf(user('foobar'))).toBe(0xbf9cf968);
  });

  it('are filled evenly by running numbers, the commonest user ids', () => {
    const sizes = new Array<number>(100).fill(0);
    for (const id of users(10_000, '')) sizes[hashOf(id) % 100]! += 1;
    expect(Math.max(...sizes)).toBeLessThan(200);
  });
});
