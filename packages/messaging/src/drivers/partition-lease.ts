import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** KEYS 1: the lease. ARGV 1: its holder, 2: milliseconds. Answers 1, or 0 where somebody else holds it. */
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** KEYS 1: the lease. ARGV 1: its holder. */
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Keeps a partition to one reader at a time, as long as that one says so often enough. */
export class PartitionLease {
  private readonly holder = randomUUID();
  /** By this process's clock, counted from before the question: earlier than Redis ends it. */
  private heldUntil = 0;

  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly leaseMs: number,
  ) {}

  get isHeld(): boolean {
    return performance.now() < this.heldUntil;
  }

  async acquire(): Promise<boolean> {
    const asked = performance.now();
    const taken = await this.redis.set(this.key, this.holder, 'PX', this.leaseMs, 'NX');
    this.heldUntil = taken === 'OK' ? asked + this.leaseMs : 0;
    return this.isHeld;
  }

  async renew(): Promise<boolean> {
    const asked = performance.now();
    const renewed = await this.redis.eval(RENEW, 1, this.key, this.holder, this.leaseMs);
    this.heldUntil = renewed === 1 ? asked + this.leaseMs : 0;
    return this.isHeld;
  }

  async release(): Promise<void> {
    this.heldUntil = 0;
    await this.redis.eval(RELEASE, 1, this.key, this.holder);
  }
}
