import type { Logger } from 'pino';
import { RequestRefused } from '../http/problem.js';
import { tokenRefused } from './bearer-token.js';
import { keyIdOf, type PublicSigningKey } from './jwk-set.js';
import type { TokenKeys } from './token-keys.js';
import type { VerifyToken } from './token-verifier.js';

/** A key that its issuer withdraws is taken this long, and while the issuer cannot be reached. */
export const KEYS_AGE_MS_MAX = 300_000;
/** However many unknown keys are named: not more than one fetch in this time. */
export const FETCH_INTERVAL_MS_MIN = 5_000;

interface KnownKey {
  pem: string;
  verify: VerifyToken;
}

export interface JwksSource {
  /** Rejects within a bounded time. */
  fetchKeys: () => Promise<PublicSigningKey[]>;
  verifierOf: (key: PublicSigningKey) => VerifyToken;
  log: Logger;
}

/**
 * `JWKS_URL`: the issuer's public keys, picked by the token's `kid`. They are fetched from `start` on in the
 * background, by age, and when a token names an unknown one; what is known stays known while a fetch fails.
 */
export class JwksKeys implements TokenKeys {
  private known: ReadonlyMap<string, KnownKey> = new Map();
  private fetching: Promise<void> | null = null;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private lastFetch: 'none' | 'failed' | 'done' = 'none';
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly source: JwksSource) {}

  /** Waits for nothing: the process can start while its issuer is away. */
  start(): void {
    void this.fetch();
  }

  verifierFor(token: string): VerifyToken | Promise<VerifyToken> {
    const id = keyIdOf(headerOf(token));
    if (id === null) throw tokenRefused('not valid');
    return this.known.get(id)?.verify ?? this.afterFetch(id);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async afterFetch(id: string): Promise<VerifyToken> {
    if (this.fetching || performance.now() - this.fetchedAt >= FETCH_INTERVAL_MS_MIN) await this.fetch();
    const key = this.known.get(id);
    if (key) return key.verify;
    // Whether it is the issuer's newest key cannot be said while the issuer does not answer.
    throw this.lastFetch === 'done' ? tokenRefused('not valid') : new RequestRefused('UNAVAILABLE');
  }

  /** One at a time: whoever comes meanwhile waits for the same one. */
  private fetch(): Promise<void> {
    this.fetching ??= this.fetchOnce().finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  private async fetchOnce(): Promise<void> {
    this.fetchedAt = performance.now();
    clearTimeout(this.timer);
    try {
      this.take(await this.source.fetchKeys());
      this.ended('done');
    } catch (cause) {
      this.ended('failed', cause);
    }
    if (this.closed) return;
    const waitMs = this.lastFetch === 'done' ? KEYS_AGE_MS_MAX : FETCH_INTERVAL_MS_MIN;
    this.timer = setTimeout(() => void this.fetch(), waitMs).unref();
  }

  /** Tokens of a key that has gone are not remembered any longer; those of a key that stays are. */
  private take(keys: readonly PublicSigningKey[]): void {
    this.known = new Map(
      keys.map((key) => {
        const before = this.known.get(key.id);
        const isSame = before?.pem === key.pem;
        return [key.id, isSame ? before : { pem: key.pem, verify: this.source.verifierOf(key) }];
      }),
    );
  }

  /** Logged when it changes, not with each attempt. */
  private ended(how: 'failed' | 'done', cause?: unknown): void {
    if (how !== this.lastFetch) {
      const keys = this.known.size;
      if (how === 'done') this.source.log.info({ keys }, 'The signing keys are there.');
      else this.source.log.warn({ keys, reason: reasonOf(cause) }, 'The signing keys cannot be fetched.');
    }
    this.lastFetch = how;
  }
}

function headerOf(token: string): { alg?: unknown; kid?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')));
  } catch {
    throw tokenRefused('not valid');
  }
}

/** `fetch` hides what has happened in the cause of its error. */
function reasonOf(cause: unknown): string {
  const { message, cause: inner } = cause as { message?: string; cause?: { message?: string } };
  return inner?.message ?? message ?? String(cause);
}
