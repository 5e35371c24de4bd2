import type { Logger } from 'pino';
import type { AuthConfig } from './auth-config.js';
import type { Callers } from './callers.js';
import { DevCallers } from './dev-callers.js';
import { fetchJson } from './fetch-json.js';
import { readJwkSet } from './jwk-set.js';
import { JwksKeys } from './jwks-keys.js';
import { JwtCallers } from './jwt-callers.js';
import { secretKey, type TokenKeys } from './token-keys.js';
import { tokenVerifier } from './token-verifier.js';

/** The one of the process. With `JWKS_URL` it begins to fetch the keys at once. */
export function callersOf(auth: AuthConfig, log: Logger): Callers {
  switch (auth.mode) {
    case 'dev':
      return new DevCallers();
    case 'jwt':
      return new JwtCallers(keysOf(auth, log), auth.userClaim);
  }
}

function keysOf({ key, rules }: Extract<AuthConfig, { mode: 'jwt' }>, log: Logger): TokenKeys {
  if ('secret' in key) return secretKey(tokenVerifier(key.secret, 'HS256', rules));
  const keys = new JwksKeys({
    fetchKeys: async () => readJwkSet(await fetchJson(key.jwksUrl)),
    verifierOf: ({ pem, algorithm }) => tokenVerifier(pem, algorithm, rules),
    log,
  });
  keys.start();
  return keys;
}
