import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { pairMaker } from '../testing/token-maker.js';
import { keyIdOf, readJwkSet } from './jwk-set.js';

const rsa = pairMaker('RS256', 'r');
const good = pairMaker('EdDSA', 'good').publicJwk();

/** The ids of what is taken beside a good key. */
const taken = (...keys: unknown[]) =>
  readJwkSet({ keys: [...keys, good] })
    .map(({ id }) => id)
    .filter((id) => id !== 'EdDSA good');

describe('a JWK set', () => {
  it('gives one algorithm to each kind of key', () => {
    const keys = [rsa, pairMaker('ES256', 'e'), pairMaker('EdDSA', 'd')].map((pair) => pair.publicJwk());
    expect(readJwkSet({ keys, other: 1 })).toEqual([
      { id: 'RS256 r', algorithm: 'RS256', pem: rsa.publicPem },
      { id: 'ES256 e', algorithm: 'ES256', pem: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/) },
      { id: 'EdDSA d', algorithm: 'EdDSA', pem: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/) },
    ]);
  });

  it('may say what it does not have to', () => {
    expect(taken(rsa.publicJwk({ alg: 'RS256', key_ops: ['verify'], x5t: 'x' }))).toEqual(['RS256 r']);
    expect(taken(rsa.publicJwk({ use: undefined }))).toEqual(['RS256 r']);
  });

  it('tells keys of one name apart by their algorithm', () => {
    expect(taken(rsa.publicJwk(), pairMaker('ES256', 'r').publicJwk())).toEqual(['RS256 r', 'ES256 r']);
  });

  it.each([
    ['of encryption', rsa.publicJwk({ use: 'enc' })],
    ['that may not verify', rsa.publicJwk({ key_ops: ['encrypt'] })],
    ['of another algorithm', rsa.publicJwk({ alg: 'PS256' })],
    ['that would be a secret', { kty: 'oct', k: 'c2VjcmV0', kid: 's', alg: 'HS256' }],
    ['without a name', rsa.publicJwk({ kid: undefined })],
    ['with an empty name', rsa.publicJwk({ kid: '' })],
    ['of a kind that nobody knows', rsa.publicJwk({ kty: 'PQ' })],
    ['of another curve', { ...ecKey('P-384'), kid: 'c' }],
    ['of a curve that looks like ours', { ...ecKey('secp256k1'), kid: 'c' }],
    ['without contents', { kty: 'RSA', kid: 'r' }],
    ['with other contents', rsa.publicJwk({ n: 'AA', e: 'x' })],
    ['that is too short', { ...rsaKey(1_024), kid: 'r' }],
    ['that is no object', 'key'],
  ])('may hold a key %s, which is passed over', (_name, key) => {
    expect(taken(key)).toEqual([]);
  });

  it.each([
    null,
    [],
    'x',
    {},
    { keys: {} },
    { keys: [] },
    { keys: [rsa.publicJwk({ use: 'enc' })] },
    { keys: Array(65).fill(good) },
  ])('is none, or of no use: %.40j', (json) => {
    expect(() => readJwkSet(json)).toThrow(/JWK set/);
  });
});

describe('keyIdOf', () => {
  it('names keys of pairs only', () => {
    expect(keyIdOf({ alg: 'RS256', kid: 'r' })).toBe('RS256 r');
    for (const alg of ['none', 'HS256', 'RS512', 'PS256', 'constructor', ['RS256'], undefined]) {
      expect(keyIdOf({ alg, kid: 'r' })).toBeNull();
    }
    for (const kid of ['', 1, null, undefined, ['r']]) expect(keyIdOf({ alg: 'RS256', kid })).toBeNull();
  });
});

function ecKey(namedCurve: string): object {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
}

function rsaKey(modulusLength: number): object {
  return generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
}
