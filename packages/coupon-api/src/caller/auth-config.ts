import type { SettingsRule } from 'coupon-core';
import { z } from 'zod';
import type { TokenRules } from './token-verifier.js';

/** As long as what HMAC-SHA-256 makes of it (RFC 7518, 3.2). */
const SECRET_BYTES_MIN = 32;
/** A random secret of 32 bytes, even in hexadecimal digits, has more of them. */
const DIFFERENT_CHARACTERS_MIN = 8;
const PLACEHOLDER = /change.?me|secret|password|example|default|placeholder|your.?(own|key|jwt)/i;

const text = z.string().optional();

export const authSettings = {
  AUTH_MODE: z.enum(['dev', 'jwt']).default('dev'),
  JWT_SECRET: text,
  JWKS_URL: text,
  JWT_ISSUER: text,
  JWT_AUDIENCE: text,
  JWT_USER_CLAIM: text,
};

const settings = z.object(authSettings);

export type AuthConfig =
  | { readonly mode: 'dev' }
  | {
      readonly mode: 'jwt';
      readonly key: { readonly secret: string } | { readonly jwksUrl: string };
      readonly rules: TokenRules;
      readonly userClaim: string;
    };

type Given = Partial<z.infer<typeof settings>> & { NODE_ENV?: string; RECEIPT_SECRET?: unknown };

type AuthRule = SettingsRule<Given>;

const isProduction = ({ NODE_ENV }: Given) => NODE_ENV === 'production';

/** What has to hold for settings together. Those of tokens mean nothing under `AUTH_MODE=dev`. */
export const AUTH_RULES: readonly AuthRule[] = [
  {
    path: 'AUTH_MODE',
    error: 'dev is refused where NODE_ENV is production: anybody could be anybody',
    holds: (given) => !isProduction(given) || (given.AUTH_MODE ?? 'dev') !== 'dev',
  },
  inJwtMode(
    'JWT_SECRET',
    'exactly one of JWT_SECRET and JWKS_URL has to be set where AUTH_MODE is jwt',
    ({ JWT_SECRET, JWKS_URL }) => (JWT_SECRET === undefined) !== (JWKS_URL === undefined),
  ),
  inJwtMode(
    'JWT_SECRET',
    `has to have at least ${SECRET_BYTES_MIN} bytes`,
    ({ JWT_SECRET }) => JWT_SECRET === undefined || Buffer.byteLength(JWT_SECRET) >= SECRET_BYTES_MIN,
  ),
  inJwtMode(
    'JWT_SECRET',
    'must not be a key of a pair or a certificate: what everybody can read signs nothing',
    ({ JWT_SECRET = '' }) => !/-----BEGIN |^\s*[[{]/.test(JWT_SECRET),
  ),
  inJwtMode(
    'JWT_SECRET',
    'looks like a placeholder, which is refused where NODE_ENV is production',
    (given) => !isProduction(given) || !given.JWT_SECRET || !looksLikePlaceholder(given.JWT_SECRET),
  ),
  {
    path: 'RECEIPT_SECRET',
    error: 'looks like a placeholder, which is refused where NODE_ENV is production',
    holds: (given) => !isProduction(given) || !listOf(given.RECEIPT_SECRET).some(looksLikePlaceholder),
  },
  inJwtMode(
    'JWKS_URL',
    'must be a URL that begins with https://, or http:// outside production, and names no account',
    (given) => given.JWKS_URL === undefined || isKeyAddress(given.JWKS_URL, isProduction(given)),
  ),
  ...(['JWT_ISSUER', 'JWT_AUDIENCE'] as const).map((path) =>
    inJwtMode(path, 'has to be set where AUTH_MODE is jwt', (given) => given[path] !== undefined),
  ),
];

/** Of settings that keep the rules. */
export function authConfig(given: z.infer<typeof settings>): AuthConfig {
  if (given.AUTH_MODE === 'dev') return { mode: 'dev' };
  const { JWT_SECRET, JWKS_URL = '', JWT_ISSUER = '', JWT_AUDIENCE = '', JWT_USER_CLAIM = 'sub' } = given;
  return {
    mode: 'jwt',
    key: JWT_SECRET === undefined ? { jwksUrl: JWKS_URL } : { secret: JWT_SECRET },
    rules: { issuer: JWT_ISSUER, audience: JWT_AUDIENCE },
    userClaim: JWT_USER_CLAIM,
  };
}

function inJwtMode(path: string, error: string, holds: (given: Given) => boolean): AuthRule {
  return { path, error, holds: (given) => given.AUTH_MODE !== 'jwt' || holds(given) };
}

function looksLikePlaceholder(secret: string): boolean {
  return PLACEHOLDER.test(secret) || new Set(secret).size < DIFFERENT_CHARACTERS_MIN;
}

function listOf(secrets: unknown): string[] {
  return Array.isArray(secrets) ? secrets.map(String) : [];
}

function isKeyAddress(address: string, onlyEncrypted: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  const isKnown = protocol === 'https:' || (protocol === 'http:' && !onlyEncrypted);
  return isKnown && username === '' && password === '';
}
