import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { applications } from '../apps/app-definition.js';
import { appProcesses } from './app-processes.js';

const portsOf = (counts: Record<string, number>, env: NodeJS.ProcessEnv = {}) =>
  appProcesses(applications, counts, env).map(({ name, port }) => [name, port]);

describe('appProcesses', () => {
  it('is one of each, on the port of the setting or else the usual one', () => {
    expect(portsOf({}, { COUPON_API_PORT: '8070', COUPON_CONSUMER_PORT: '' })).toEqual([
      ['coupon-consumer', 9091],
      ['coupon-api', 8070],
    ]);
  });

  it('numbers the further ones, on ports that no other application has', () => {
    expect(portsOf({ 'coupon-api': 3, 'coupon-consumer': 2 })).toEqual([
      ['coupon-consumer', 9091],
      ['coupon-consumer-2', 9101],
      ['coupon-api', 8080],
      ['coupon-api-2', 8090],
      ['coupon-api-3', 8100],
    ]);
    const most = portsOf({ 'coupon-api': 32, 'coupon-consumer': 32 }).map(([, port]) => port);
    expect(new Set([...most, 8081, 9092]).size).toBe(66);
  });

  it('gives each further consumer a name of its own, and leaves the first one its own', () => {
    const namesOf = (env: NodeJS.ProcessEnv) =>
      appProcesses(applications, { 'coupon-consumer': 3 }, env).map(({ settings }) => settings.CONSUMER_NAME);
    expect(namesOf({ CONSUMER_NAME: 'drain' })).toEqual([undefined, 'drain-2', 'drain-3', undefined]);
    expect(namesOf({})).toEqual([undefined, `${hostname()}-2`, `${hostname()}-3`, undefined]);
  });

  it.each(['eighty', '0', '65536', '80.5'])('refuses %s, with the name of the setting', (text) => {
    expect(() => portsOf({}, { COUPON_API_PORT: text })).toThrow('COUPON_API_PORT');
  });

  it('refuses a port that leaves no room for the further ones', () => {
    const env = { COUPON_API_PORT: '65530' };
    expect(portsOf({}, env)).toContainEqual(['coupon-api', 65_530]);
    expect(() => portsOf({ 'coupon-api': 2 }, env)).toThrow('between 1 and 65525, as 2 processes need it');
  });
});
