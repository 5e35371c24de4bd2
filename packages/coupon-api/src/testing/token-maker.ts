import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

export const ISSUER = 'https://issuer.test';
export const AUDIENCE = 'coupons';
export const RULES = { issuer: ISSUER, audience: AUDIENCE };

const HOUR_S = 3_600;

export interface TokenParts {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
}

/** Makes tokens as an issuer does, without the library that reads them. */
export interface TokenMaker {
  /** Good for an hour, for user 42, where the parts do not say otherwise; a claim that is undefined is left out. */
  token(parts?: TokenParts): string;
}

export interface PairMaker extends TokenMaker {
  publicJwk(changes?: object): JsonWebKey & Record<string, unknown>;
  publicPem: string;
}

export function secretMaker(secret: string, alg = 'HS256'): TokenMaker {
  const hash = `sha${alg.slice(2)}`;
  return {
    token: (parts) => assemble({ alg }, parts, (input) => createHmac(hash, secret).update(input).digest()),
  };
}

/** No signature, and the algorithm that says so. */
export const unsigned = (parts?: TokenParts): string =>
  assemble({ alg: 'none' }, parts, () => Buffer.alloc(0));

export function pairMaker(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string): PairMaker {
  const { privateKey, publicKey } = PAIRS[alg]();
  const signed = (input: Buffer) =>
    alg === 'EdDSA'
      ? sign(null, input, privateKey)
      : sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return {
    token: (parts) => assemble({ alg, kid }, parts, signed),
    publicJwk: (changes = {}) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...changes }),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

const PAIRS: Record<'RS256' | 'ES256' | 'EdDSA', () => { privateKey: KeyObject; publicKey: KeyObject }> = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

function assemble(header: object, parts: TokenParts = {}, signed: (input: Buffer) => Buffer): string {
  const now = Math.floor(Date.now() / 1_000);
  const usual = { sub: '42', iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + HOUR_S };
  const input = [
    { typ: 'JWT', ...header, ...parts.header },
    { ...usual, ...parts.claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${signed(Buffer.from(input)).toString('base64url')}`;
}
