import { describe, expect, it } from '@jest/globals';
import { parseStartFlags } from './start-flags.js';

describe('parseStartFlags', () => {
  it('has defaults for all', () => {
    expect(parseStartFlags([])).toEqual({
      help: false,
      reset: false,
      observe: false,
      settings: {},
      processes: {},
    });
  });

  it('turns flags of ports and of the queue into the settings they stand for', () => {
    const args = '--reset --observe --api-port 8090 --consumer-port=9095 --queue kafka';
    expect(parseStartFlags(args.split(' '))).toEqual({
      help: false,
      reset: true,
      observe: true,
      settings: { COUPON_API_PORT: '8090', COUPON_CONSUMER_PORT: '9095', QUEUE_DRIVER: 'kafka' },
      processes: {},
    });
  });

  it('takes the two dashes that a package manager passes on', () => {
    expect(parseStartFlags(['--', '--reset']).reset).toBe(true);
  });

  it('counts processes, and refuses a count out of range with the usage', () => {
    const { processes } = parseStartFlags(['--api-processes', '2', '--consumer-processes', '32']);
    expect(processes).toEqual({ 'coupon-api': 2, 'coupon-consumer': 32 });
    expect(() => parseStartFlags(['--api-processes', '33'])).toThrow(/between 1 and 32: 33[\s\S]*--reset/);
  });

  it('answers an unknown flag with the usage', () => {
    expect(() => parseStartFlags(['--rest'])).toThrow(/--rest[\s\S]*--api-port N/);
  });
});
