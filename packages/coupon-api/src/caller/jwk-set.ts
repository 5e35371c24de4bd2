import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import type { SigningAlgorithm } from './token-verifier.js';

const KEYS_MAX = 64;
const RSA_BITS_MIN = 2_048;

/** The one algorithm that is taken of each kind of key. */
const ALGORITHM_OF_KIND: Readonly<Record<string, Exclude<SigningAlgorithm, 'HS256'>>> = {
  RSA: 'RS256',
  'EC P-256': 'ES256',
  'OKP Ed25519': 'EdDSA',
};

const ALGORITHMS: readonly string[] = Object.values(ALGORITHM_OF_KIND);

export interface PublicSigningKey {
  /** See `keyIdOf`. */
  id: string;
  algorithm: Exclude<SigningAlgorithm, 'HS256'>;
  pem: string;
}

const jwk = z.looseObject({
  kty: z.string(),
  kid: z.string().min(1).optional(),
  crv: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
});

const jwkSet = z.object({ keys: z.array(z.unknown()).max(KEYS_MAX) });

/** A key's name and its algorithm; null where no public key of ours can have signed under that header. */
export function keyIdOf({ alg, kid }: { alg?: unknown; kid?: unknown }): string | null {
  return typeof alg === 'string' && ALGORITHMS.includes(alg) && typeof kid === 'string' && kid !== ''
    ? `${alg} ${kid}`
    : null;
}

/**
 * The keys of a JWK set (RFC 7517) that can verify tokens; others in it are passed over.
 * @throws where it is none, or has no such key: that is a fault of the set, not the end of all tokens
 */
export function readJwkSet(json: unknown): PublicSigningKey[] {
  const set = jwkSet.safeParse(json);
  if (!set.success) throw new Error(`That is no JWK set of at most ${KEYS_MAX} keys.`);
  const keys = set.data.keys.flatMap((entry) => signingKey(entry) ?? []);
  if (keys.length === 0) throw new Error('The JWK set has no key that can verify RS256, ES256 or EdDSA.');
  return keys;
}

function signingKey(entry: unknown): PublicSigningKey | null {
  const { success, data: key } = jwk.safeParse(entry);
  if (!success) return null;
  const algorithm = ALGORITHM_OF_KIND[key.kty === 'RSA' ? key.kty : `${key.kty} ${key.crv}`];
  if (!algorithm || (key.alg ?? algorithm) !== algorithm) return null;
  if ((key.use ?? 'sig') !== 'sig' || key.key_ops?.includes('verify') === false) return null;
  const id = keyIdOf({ alg: algorithm, kid: key.kid });
  const pem = pemOf(key as JsonWebKey);
  return id !== null && pem !== null ? { id, algorithm, pem } : null;
}

function pemOf(key: JsonWebKey): string | null {
  try {
    const known = createPublicKey({ key, format: 'jwk' });
    const bits = known.asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined && bits < RSA_BITS_MIN) return null;
    return known.export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return null;
  }
}
