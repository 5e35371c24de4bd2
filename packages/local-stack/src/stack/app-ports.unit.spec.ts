import { describe, expect, it } from '@jest/globals';
import { applications } from '../apps/app-definition.js';
import { configuredPorts } from './app-ports.js';

describe('configuredPorts', () => {
  it('takes the setting, else the usual port', () => {
    const ports = configuredPorts(applications, { COUPON_API_PORT: '8090', COUPON_CONSUMER_PORT: '' });
    expect(Object.fromEntries(ports)).toEqual({ 'coupon-api': 8090, 'coupon-consumer': 9091 });
  });

  it.each(['eighty', '0', '65536', '80.5'])('refuses %s, with the name of the setting', (text) => {
    expect(() => configuredPorts(applications, { COUPON_API_PORT: text })).toThrow('COUPON_API_PORT');
  });
});
