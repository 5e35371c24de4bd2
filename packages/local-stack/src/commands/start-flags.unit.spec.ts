import { describe, expect, it } from '@jest/globals';
import { parseStartFlags } from './start-flags.js';

describe('parseStartFlags', () => {
  it('has defaults for all', () => {
    expect(parseStartFlags([])).toEqual({ help: false, reset: false, settings: {} });
  });

  it('turns port flags into the settings they stand for', () => {
    expect(parseStartFlags(['--reset', '--api-port', '8090', '--consumer-port=9095'])).toEqual({
      help: false,
      reset: true,
      settings: { COUPON_API_PORT: '8090', COUPON_CONSUMER_PORT: '9095' },
    });
  });

  it('takes the two dashes that a package manager passes on', () => {
    expect(parseStartFlags(['--', '--reset']).reset).toBe(true);
  });

  it('answers an unknown flag with the usage', () => {
    expect(() => parseStartFlags(['--rest'])).toThrow(/--rest[\s\S]*--api-port N/);
  });
});
