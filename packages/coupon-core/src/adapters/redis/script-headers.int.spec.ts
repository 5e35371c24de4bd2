import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { aCoupon, couponId, user } from '../../testing/a-coupon.js';
import { aBuiltGate } from '../../testing/an-open-gate.js';
import { CLAIM_CODES, LOOK_UP_CODES } from './claim-codec.js';
import { LEASE_CODES } from './claim-lists.js';
import { INSPECT_CODES, RedisGate, UPDATE_CODES } from './gate.redis.js';
import { RedisIssuanceQueue } from './issuance-queue.redis.js';
import { Keys } from './keys.js';
import { RedisQueueObserver } from './queue-observer.redis.js';
import { SCRIPT_NAMES, type ScriptName, scriptSource } from './script.js';
import { CONFIRM_CODES, KEEP_CODES, RedisSharedLevel } from './shared-level.redis.js';
import { RedisWaitingLine } from './waiting-line.redis.js';

const FOLDER = join(import.meta.dirname, '../../../src/adapters/redis/lua');
const keys = new Keys('fcfs');
const at = { couponId: couponId(7), shard: 0 };

interface Header {
  /** Keys and arguments that are always there; `many`: one more for each coupon or entry. */
  keys: { fixed: number; many: boolean };
  args: { fixed: number; many: boolean };
  /** How many arguments each coupon or entry has, and each of its members. */
  fieldsOfItem: number;
  fieldsOfMember: number;
  codes: Record<number, string>;
}

function headerOf(name: ScriptName): Header {
  const lines = scriptSource(name).split('\n');
  const comment = lines.slice(0, lines.indexOf('-- @include gate')).map((line) => line.slice(3));
  const numbered = (of: 'KEYS' | 'ARGV') => {
    const found = [...comment.join('\n').matchAll(new RegExp(`\\b${of}\\[(\\d+)(…?)\\]`, 'g'))];
    const fixed = found.filter(([, , more]) => more === '').map(([, index]) => Number(index));
    // The header counts up from 1 and leaves nothing out.
    expect(fixed).toEqual(fixed.map((_, i) => i + 1));
    const many = found.find(([, , more]) => more === '…');
    if (many) expect(Number(many[1])).toBe(fixed.length + 1);
    return { fixed: fixed.length, many: many !== undefined };
  };
  const text = comment.join(' ').replace(/\s+/g, ' ');
  const [, item = '', member = ''] =
    /ARGV\[\d+…\] for each (?:coupon|entry): (.*?)(?:,? then for each member[^:]*: (.*?))? returns /.exec(
      text,
    ) ?? [];
  const codes = comment.flatMap((line) => {
    const [, code, meaning] = /^code (-?\d+)\s+([A-Z_]+)$/.exec(line) ?? [];
    return code === undefined ? [] : [[Number(code), meaning!] as const];
  });
  return {
    keys: numbered('KEYS'),
    args: numbered('ARGV'),
    fieldsOfItem: item === '' ? 0 : item.split(',').length,
    fieldsOfMember: member === '' ? 0 : member.split(',').length,
    codes: Object.fromEntries(codes),
  };
}

/** Stands in for the server: notes what a wrapper sends, and answers with what the test says. */
function recording(reply: unknown) {
  const calls: { keys: string[]; args: (string | number)[] }[] = [];
  const redis = {
    evalsha: (_digest: string, count: number, ...rest: (string | number)[]) => {
      calls.push({ keys: rest.slice(0, count) as string[], args: rest.slice(count) });
      return Promise.resolve(reply);
    },
    pipeline: () => ({ hkeys: () => undefined, exec: () => Promise.resolve([[null, []]]) }),
    getBuffer: () => Promise.resolve(null),
    hset: () => Promise.resolve(0),
    hget: () => Promise.resolve(null),
    hkeys: () => Promise.resolve([]),
    hdel: () => Promise.resolve(0),
    // Of a gate that has outgrown its buckets.
    hmget: () => Promise.resolve(['1', '1', null, '1000']),
    hlen: () => Promise.resolve(0),
  } as unknown as Redis;
  return { redis, calls, gate: new RedisGate(redis, keys, 9) };
}

/** What each wrapper sends for one item (a coupon or an entry) with two members, where the script knows members. */
const SENDING: Record<ScriptName, () => Promise<{ keys: string[]; args: (string | number)[] }>> = {
  'claim-n': async () => {
    const { gate, calls } = recording([1, 0, 0, ['1', 2, 2, 0, 1, 2]]);
    await Promise.all([gate.claim(at, user('a'), false), gate.claim(at, user('b'), true)]);
    return calls[0]!;
  },
  'look-up-n': async () => {
    const { gate, calls } = recording([1, 0, 0, ['1', 2, 2, 0, 0, 0]]);
    await Promise.all([gate.lookUp(at, user('a')), gate.lookUp(at, user('b'))]);
    return calls[0]!;
  },
  'update-n': async () => {
    const { gate, calls } = recording([1]);
    await gate.update([{ view: aBuiltGate(at.couponId).view, issuedByV1: [user('a'), user('b')] }]);
    return calls[0]!;
  },
  'fence-2': async () => {
    const { gate, calls } = recording(1);
    await gate.fence(at, 3);
    return calls[0]!;
  },
  'hold-fence-1': async () => {
    const { gate, calls } = recording(1);
    await gate.holdFence(at, 3);
    return calls[0]!;
  },
  'inspect-n': async () => {
    const { gate, calls } = recording([1]);
    await gate.inspect([{ ...at, epoch: 3 }]);
    return calls[0]!;
  },
  'switch-1': async () => {
    const { gate, calls } = recording(1);
    await gate.switchTo(at, aBuiltGate(at.couponId));
    return calls[0]!;
  },
  'read-batch-1': async () => {
    const { redis, calls } = recording(['0-0', [], [], []]);
    await new RedisIssuanceQueue(redis, redis, keys, 'c1').readNew(0, 500);
    return calls[0]!;
  },
  'acknowledge-2': async () => {
    const { redis, calls } = recording(2);
    await new RedisIssuanceQueue(redis, redis, keys, 'c1').acknowledge(0, [
      { id: '1-0', couponId: null, claims: 2 },
    ]);
    return calls[0]!;
  },
  'take-1': async () => {
    const { redis, calls } = recording([[], []]);
    await new RedisWaitingLine(redis, redis, keys, 'c1').readNew(0, 500);
    return calls[0]!;
  },
  'read-taken-1': async () => {
    const { redis, calls } = recording([[], []]);
    await new RedisWaitingLine(redis, redis, keys, 'c1').readOwnPending(0, '0', 500);
    return calls[0]!;
  },
  'reap-1': async () => {
    const { redis, calls } = recording(0);
    await new RedisWaitingLine(redis, redis, keys, 'c1').reclaim(0, 10);
    return calls[0]!;
  },
  'measure-1': async () => {
    const { redis, calls } = recording([1, 0, 0, 0]);
    await new RedisQueueObserver(redis, new Keys('fcfs', 'line'), 1).backlogs();
    return calls[0]!;
  },
  'remove-relayed-1': async () => {
    const { redis, calls } = recording(1);
    const entries = [{ id: '1-0', couponId: at.couponId, gateEpoch: 3 }];
    await new RedisIssuanceQueue(redis, redis, keys, 'c1').removeRelayed(0, entries);
    return calls[0]!;
  },
  'count-drained-1': async () => {
    const { redis, calls } = recording(2);
    await new RedisIssuanceQueue(redis, redis, keys, 'c1').countDecided(0, new Map([[at.couponId, 2]]));
    return calls[0]!;
  },
  'count-n': async () => {
    const { gate, calls } = recording([0, ['1', 2, 2]]);
    await gate.count(0, [at.couponId], 10);
    return calls[0]!;
  },
  'drive-again-2': async () => {
    const { gate, calls } = recording(1);
    await gate.driveAgain(at, 3, [{ userId: user('a'), epoch: 2, ticket: 1 }]);
    return calls[0]!;
  },
  'shrink-1': async () => {
    const { gate, calls } = recording(0);
    await gate.shrink(at, { epoch: 3, tickets: 7, losses: 0 });
    return calls[0]!;
  },
  'split-2': async () => {
    const { gate, calls } = recording(0);
    await gate.grow(at);
    return calls[0]!;
  },
  'keep-coupons-n': async () => {
    const { redis, calls } = recording([1]);
    const reading = { coupon: aCoupon(), asOf: 1 };
    await new RedisSharedLevel(redis, keys, 'shape').put(new Map([[at.couponId, { reading, trueAt: 0 }]]));
    return calls[0]!;
  },
  'confirm-coupons-1': async () => {
    const { redis, calls } = recording(1);
    await new RedisSharedLevel(redis, keys, 'shape').confirm(2, 1);
    return calls[0]!;
  },
  'lease-3': async () => {
    const { gate, calls } = recording([0]);
    await gate.offerLease(at);
    return calls[0]!;
  },
  'complete-list-2': async () => {
    const { gate, calls } = recording([2, 'mark', 1, 'list', 8_192, '1', 1]);
    await gate.offerLease(at);
    return calls[1]!;
  },
  'read-lease-mark-1': async () => {
    const { gate, calls } = recording('');
    await gate.readLeaseMark(0);
    return calls[0]!;
  },
};

const MEMBERS = 2;

describe('the Lua files', () => {
  it('are the scripts that have a wrapper, and the parts they share', () => {
    const parts = ['drained', 'gate', 'queue-stream', 'queue-line'];
    expect(readdirSync(FOLDER).sort()).toEqual(
      [...SCRIPT_NAMES, ...parts].map((name) => `${name}.lua`).sort(),
    );
  });

  describe.each(SCRIPT_NAMES)('%s', (name) => {
    const header = headerOf(name);

    it('begins with its own name, whose number is that of its keys', () => {
      expect(scriptSource(name)).toMatch(new RegExp(`^-- ${name}: `));
      expect(name.split('-').at(-1)).toBe(header.keys.many ? 'n' : String(header.keys.fixed));
    });

    it('is sent the keys that its header lists, all of one slot', async () => {
      const sent = await SENDING[name]();
      expect(sent.keys).toHaveLength(header.keys.fixed + (header.keys.many ? 1 : 0));
      expect(new Set(sent.keys.map((key) => /\{\w+\}/.exec(key)?.[0])).size).toBe(1);
    });

    it('is sent the arguments that its header lists', async () => {
      const sent = await SENDING[name]();
      const ofItem = header.fieldsOfItem + (header.fieldsOfMember > 0 ? MEMBERS * header.fieldsOfMember : 0);
      expect(header.args.many).toBe(header.fieldsOfItem > 0);
      expect(sent.args).toHaveLength(header.args.fixed + ofItem);
    });

    it('uses no key or argument that its header does not name', () => {
      const body = scriptSource(name).split('-- @include gate')[1]!;
      for (const of of ['KEYS', 'ARGV'] as const) {
        const used = [...body.matchAll(new RegExp(`${of}\\[(\\d+)\\]`, 'g'))].map(([, index]) =>
          Number(index),
        );
        const { fixed } = of === 'KEYS' ? header.keys : header.args;
        expect(Math.max(0, ...used)).toBeLessThanOrEqual(fixed);
      }
    });

    it('answers no negative code that its header does not name', () => {
      const body = scriptSource(name).split('-- @include gate')[1]!;
      const answered = [...body.matchAll(/(?:return|or|=) (-\d+)\b/g)].map(([, code]) => Number(code));
      const named = Object.keys(header.codes)
        .map(Number)
        .filter((code) => code < 0);
      expect([...new Set(answered)].sort()).toEqual(named.sort());
    });
  });
});

describe('the codes of the Lua files', () => {
  it.each([
    ['claim-n', CLAIM_CODES],
    ['look-up-n', LOOK_UP_CODES],
    ['update-n', UPDATE_CODES],
    ['inspect-n', INSPECT_CODES],
    ['keep-coupons-n', KEEP_CODES],
    ['confirm-coupons-1', CONFIRM_CODES],
    ['lease-3', LEASE_CODES],
  ] as const)('of %s are those of its wrapper, no more and no fewer', (name, table) => {
    expect(headerOf(name).codes).toEqual(table);
  });

  it.each([
    ['fence-2', 'FENCED', (gate: RedisGate) => gate.fence(at, 3)],
    ['hold-fence-1', 'HELD', (gate: RedisGate) => gate.holdFence(at, 3)],
    [
      'drive-again-2',
      'DRIVEN',
      (gate: RedisGate) => gate.driveAgain(at, 3, [{ userId: user('a'), epoch: 2, ticket: 1 }]),
    ],
    ['shrink-1', 'SHRUNK', (gate: RedisGate) => gate.shrink(at, { epoch: 3, tickets: 7, losses: 0 })],
    ['switch-1', 'SWITCHED', (gate: RedisGate) => gate.switchTo(at, aBuiltGate(at.couponId))],
  ] as const)('of %s are success for %s alone', async (name, success, call) => {
    const { codes } = headerOf(name);
    expect(Object.values(codes).sort()).toEqual(['OVERTAKEN', success].sort());
    for (const [code, meaning] of Object.entries(codes)) {
      expect(await call(recording(Number(code)).gate)).toBe(meaning === success);
    }
  });
});
