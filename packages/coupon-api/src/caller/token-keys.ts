import type { VerifyToken } from './token-verifier.js';

/** Finds what verifies a token, by what the token says of itself before anything of it is believed. */
export interface TokenKeys {
  /** A promise only where the key has to be fetched. Throws, or rejects with, `RequestRefused`. */
  verifierFor(token: string): VerifyToken | Promise<VerifyToken>;
  close(): void;
}

/** `JWT_SECRET`: one key for all tokens. */
export function secretKey(verify: VerifyToken): TokenKeys {
  return { verifierFor: () => verify, close: () => undefined };
}
