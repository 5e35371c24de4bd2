import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { Credentials } from './credentials.js';
import { userIdOf } from './request-plan.js';

/** Of a secret that the issuer shares with the system. */
export interface TokenIssuer {
  secret: string;
  issuer: string;
  audience: string;
}

/** Longer than any run. */
const VALID_SECONDS = 86_400;
const SIGNATURE_BYTES = 32;
const TOKENS_AT_ONCE = 20_000;
const PROGRESS_EVERY_MS = 2_000;

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/**
 * `AUTH_MODE=jwt`: everybody shows a token of their own, signed with HS256, with the claims that a shop's usually has.
 *
 * Signing takes some 5 µs, so it is done beforehand and remembered over all loads of a run. Tokens differ by their last
 * claim and by their signature only: 32 bytes for each user are kept, and the text is put together when it is sent.
 */
export class TokenCredentials implements Credentials {
  readonly operatorHeaders: Readonly<Record<string, string>>;
  private readonly key: KeyObject;
  private readonly start: string;
  private signatures = Buffer.alloc(0);

  constructor(
    { secret, issuer, audience }: TokenIssuer,
    private readonly out: NodeJS.WritableStream,
  ) {
    this.key = createSecretKey(Buffer.from(secret));
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: audience, iat, exp: iat + VALID_SECONDS };
    this.start = tokenStart({ ...claims, scope: 'openid profile', sid: '4f8a1c62e07b49d3' });
    const operator = encoded(JSON.stringify({ ...claims, sub: 'operator', roles: ['admin'] }));
    const unsigned = `${HEADER}.${operator}`;
    const token = `${unsigned}.${this.sign(unsigned).toString('base64url')}`;
    this.operatorHeaders = { authorization: `Bearer ${token}` };
  }

  async prepare(users: number): Promise<void> {
    const known = this.signatures.length / SIGNATURE_BYTES;
    if (users <= known) return;
    const signatures = Buffer.alloc(users * SIGNATURE_BYTES);
    this.signatures.copy(signatures);
    let toldAt = performance.now();
    for (let user = known; user < users; user++) {
      this.sign(this.unsigned(user)).copy(signatures, user * SIGNATURE_BYTES);
      if (user % TOKENS_AT_ONCE > 0) continue;
      await letOthersRun();
      if (performance.now() - toldAt < PROGRESS_EVERY_MS) continue;
      toldAt = performance.now();
      this.out.write(`signing tokens: ${Math.floor((user * 100) / users)} %\n`);
    }
    this.signatures = signatures;
  }

  headerOf(user: number): string {
    const at = user * SIGNATURE_BYTES;
    const signature = this.signatures.toString('base64url', at, at + SIGNATURE_BYTES);
    return `authorization: Bearer ${this.unsigned(user)}.${signature}`;
  }

  private unsigned(user: number): string {
    return `${this.start}${encoded(`"sub":"${userIdOf(user)}"}`)}`;
  }

  private sign(unsigned: string): Buffer {
    return createHmac('sha256', this.key).update(unsigned).digest();
  }
}

const HEADER = encoded(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));

/** Everything in front of the last claim. Base64 turns three bytes into four characters, so that it ends on the third. */
function tokenStart(claims: object): string {
  const open = `${JSON.stringify(claims).slice(0, -1)},`;
  const padding = ' '.repeat((3 - (Buffer.byteLength(open) % 3)) % 3);
  return `${HEADER}.${encoded(open + padding)}`;
}
