import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { serverAddress } from '../../testing/server-address.js';
import { connectRedis, createRedis } from './connection.js';
import { warnUnlessForgetful } from './warn-unless-forgetful.js';

describe('at boot in production', () => {
  let warned: string[];
  let redis: Redis;

  beforeEach(() => {
    warned = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message) => {
      warned.push(String(message));
    });
  });

  afterEach(() => {
    redis.disconnect();
    jest.restoreAllMocks();
  });

  it.each([
    ['CACHE_REDIS_URL', []],
    ['REDIS_URL', [/^maxmemory-policy is noeviction/, /^maxmemory is not set/]],
  ] as const)('the settings of the server of %s are judged as those of a cache', async (name, warnings) => {
    redis = await connectRedis(createRedis(serverAddress(name), 'test'));
    await warnUnlessForgetful(redis);
    expect(warned).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });

  it('settings that cannot be read are said to be so', async () => {
    redis = createRedis('redis://127.0.0.1:1', 'nobody');
    await warnUnlessForgetful(redis);
    expect(warned).toEqual([expect.stringMatching(/^its settings cannot be read: /)]);
  });
});
