import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { bearing, NOT_VALID, UNAVAILABLE } from '../testing/caller-answers.js';
import { type PairMaker, pairMaker, RULES, secretMaker, unsigned } from '../testing/token-maker.js';
import { type PublicSigningKey, readJwkSet } from './jwk-set.js';
import { FETCH_INTERVAL_MS_MIN, JwksKeys, KEYS_AGE_MS_MAX } from './jwks-keys.js';
import { JwtCallers } from './jwt-callers.js';
import { tokenVerifier } from './token-verifier.js';

const old = pairMaker('ES256', 'old');
const next = pairMaker('EdDSA', 'next');
const stranger = pairMaker('ES256', 'stranger');

const KNOWN = { userId: '42', roles: [] };

/** An issuer's endpoint that publishes, fails or keeps silent as it is told. */
class Endpoint {
  published: readonly PairMaker[] = [old];
  fault: Error | null = null;
  isSilent = false;
  fetches = 0;
  private readonly waiting: (() => void)[] = [];

  async fetchKeys(): Promise<PublicSigningKey[]> {
    this.fetches += 1;
    if (this.isSilent) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.fault) throw this.fault;
    return readJwkSet({ keys: this.published.map((pair) => pair.publicJwk()) });
  }

  speak(): void {
    this.isSilent = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

describe('the keys of JWKS_URL', () => {
  let endpoint: Endpoint;
  let logged: { level: number; keys: number; reason?: string }[];
  let verifiers: string[];
  let keys: JwksKeys;
  let callers: JwtCallers;

  beforeEach(() => {
    jest.useFakeTimers();
    endpoint = new Endpoint();
    logged = [];
    verifiers = [];
    keys = new JwksKeys({
      fetchKeys: () => endpoint.fetchKeys(),
      verifierOf: ({ id, pem, algorithm }) => {
        verifiers.push(id);
        return tokenVerifier(pem, algorithm, RULES);
      },
      log: pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) }),
    });
    callers = new JwtCallers(keys, 'sub');
  });
  afterEach(() => {
    callers.close();
    jest.useRealTimers();
  });

  const started = () => {
    keys.start();
    return jest.advanceTimersByTimeAsync(0);
  };
  const shown = (maker: PairMaker) => bearing(callers, maker.token());

  it('are fetched from the start on, and told at once when they are there', async () => {
    await started();
    const caller = callers.callerOf({ authorization: `Bearer ${old.token()}` });
    expect(caller).not.toBeInstanceOf(Promise);
    expect([endpoint.fetches, logged]).toMatchObject([1, [{ level: 30, keys: 1 }]]);
  });

  it('are waited for by whoever comes first, in one fetch', async () => {
    endpoint.isSilent = true;
    await started();
    const answers = Promise.all([shown(old), shown(old), shown(stranger)]);
    await jest.advanceTimersByTimeAsync(FETCH_INTERVAL_MS_MIN);
    endpoint.speak();
    expect([await answers, endpoint.fetches]).toEqual([[KNOWN, KNOWN, NOT_VALID], 1]);
  });

  describe('that nobody knows', () => {
    it('are asked for: a rotation is seen by the first token that follows it', async () => {
      await started();
      endpoint.published = [old, next];
      await jest.advanceTimersByTimeAsync(FETCH_INTERVAL_MS_MIN);
      expect([await shown(next), await shown(old), endpoint.fetches]).toEqual([KNOWN, KNOWN, 2]);
    });

    it('are asked for once in a while, however many are named', async () => {
      await started();
      await jest.advanceTimersByTimeAsync(FETCH_INTERVAL_MS_MIN);
      const named = Array.from({ length: 50 }, (_, n) =>
        bearing(callers, stranger.token({ header: { kid: `k${n}` } })),
      );
      expect(new Set((await Promise.all(named)).map((answer) => JSON.stringify(answer)))).toEqual(
        new Set([JSON.stringify(NOT_VALID)]),
      );
      expect(await shown(stranger)).toEqual(NOT_VALID);
      expect(endpoint.fetches).toBe(2);
      await jest.advanceTimersByTimeAsync(FETCH_INTERVAL_MS_MIN);
      expect([await shown(stranger), endpoint.fetches]).toEqual([NOT_VALID, 3]);
    });

    it('are not asked for by a token that no public key signs, or that names none', async () => {
      await started();
      await jest.advanceTimersByTimeAsync(FETCH_INTERVAL_MS_MIN);
      for (const token of [
        unsigned({ header: { kid: 'new' } }),
        secretMaker(old.publicPem).token({ header: { kid: 'old' } }),
        old.token({ header: { kid: undefined } }),
        old.token({ header: { kid: 7 } }),
        old.token({ header: { alg: 'ES384' } }),
        'bnVsbA.e30.AAAA',
        'AAAA.e30.AAAA',
      ]) {
        expect(await bearing(callers, token)).toEqual(NOT_VALID);
      }
      expect(endpoint.fetches).toBe(1);
    });

    it('do not lend their name: a token of another key under a known one is refused', async () => {
      await started();
      expect(await bearing(callers, stranger.token({ header: { kid: 'old' } }))).toEqual(NOT_VALID);
      expect(endpoint.fetches).toBe(1);
    });
  });

  describe('by age', () => {
    it('are fetched anew without anybody asking, and what was withdrawn is refused', async () => {
      await started();
      const remembered = old.token();
      expect(await bearing(callers, remembered)).toEqual(KNOWN);
      endpoint.published = [next];
      await jest.advanceTimersByTimeAsync(KEYS_AGE_MS_MAX);
      expect(endpoint.fetches).toBe(2);
      expect([await bearing(callers, remembered), await shown(next)]).toEqual([NOT_VALID, KNOWN]);
    });

    it('keep what they remember where they stay, and lose it where they change', async () => {
      await started();
      await jest.advanceTimersByTimeAsync(KEYS_AGE_MS_MAX);
      expect(verifiers).toEqual(['ES256 old']);
      const renewed = pairMaker('ES256', 'old');
      const remembered = old.token();
      expect(await bearing(callers, remembered)).toEqual(KNOWN);
      endpoint.published = [renewed];
      await jest.advanceTimersByTimeAsync(KEYS_AGE_MS_MAX);
      expect(await bearing(callers, remembered)).toEqual(NOT_VALID);
      expect([await shown(renewed), verifiers]).toEqual([KNOWN, ['ES256 old', 'ES256 old']]);
    });

    it('are not fetched any more once they are closed', async () => {
      await started();
      callers.close();
      await jest.advanceTimersByTimeAsync(2 * KEYS_AGE_MS_MAX);
      expect(endpoint.fetches).toBe(1);
    });
  });

  describe('of an endpoint that is down', () => {
    it('stay as they were; who names another one is told to come again', async () => {
      await started();
      endpoint.fault = new Error('away');
      await jest.advanceTimersByTimeAsync(10 * KEYS_AGE_MS_MAX);
      expect([await shown(old), await shown(next)]).toEqual([KNOWN, UNAVAILABLE]);
      expect(logged).toMatchObject([{ level: 30 }, { level: 40, keys: 1, reason: 'away' }]);
    });

    it('are fetched again until it answers, and nobody is refused for good meanwhile', async () => {
      endpoint.fault = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      await started();
      expect([await shown(old), endpoint.fetches]).toEqual([UNAVAILABLE, 1]);
      endpoint.fault = null;
      await jest.advanceTimersByTimeAsync(FETCH_INTERVAL_MS_MIN);
      expect([await shown(old), endpoint.fetches]).toEqual([KNOWN, 2]);
      expect(logged).toMatchObject([
        { level: 40, keys: 0, reason: 'connect ECONNREFUSED' },
        { level: 30, keys: 1 },
      ]);
    });

    it('or publishes nothing of use stay as well', async () => {
      await started();
      endpoint.published = [];
      await jest.advanceTimersByTimeAsync(KEYS_AGE_MS_MAX);
      expect(await shown(old)).toEqual(KNOWN);
    });
  });
});
