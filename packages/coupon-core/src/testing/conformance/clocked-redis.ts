import type { Redis } from 'ioredis';

/**
 * The same server, whose scripts read the time from `nowMs` and not from the server: so a schedule decides how late
 * it is. No two calls have the same microsecond, as on a server.
 */
export function clockedRedis(redis: Redis, nowMs: () => number): Redis {
  let calls = 0;
  const evaluate = (text: string, ...rest: (string | number | Buffer)[]) => {
    calls += 1;
    return redis.eval(withClock(text), ...(rest as [number]), nowMs() * 1_000 + (calls % 1_000));
  };
  return new Proxy(redis, {
    get(target, name) {
      if (name === 'eval') return evaluate;
      // Makes the wrapper send the text.
      if (name === 'evalsha') return () => Promise.reject(new Error('NOSCRIPT'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The time is one more argument, which the script itself does not get to see. */
function withClock(text: string): string {
  const time = '{ math.floor(CLOCK / 1000000), CLOCK % 1000000 }';
  return `local CLOCK = table.remove(ARGV)\n${text.replaceAll("redis.call('TIME')", time)}`;
}
