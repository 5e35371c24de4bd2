import type { IncomingHttpHeaders } from 'node:http';
import { parseUserId } from 'coupon-core';
import { bearerToken, tokenRefused } from './bearer-token.js';
import { type Caller, Callers, rolesNamed } from './callers.js';
import type { TokenKeys } from './token-keys.js';
import type { VerifyToken } from './token-verifier.js';

/** `AUTH_MODE=jwt`: callers are who their token says, by the claim `userClaim`, with the roles in its `roles`. */
export class JwtCallers extends Callers {
  readonly mode = 'jwt';

  constructor(
    private readonly keys: TokenKeys,
    private readonly userClaim: string,
  ) {
    super();
  }

  callerOf(headers: IncomingHttpHeaders): Caller | Promise<Caller> {
    const token = bearerToken(headers.authorization);
    const verify = this.keys.verifierFor(token);
    return verify instanceof Promise
      ? verify.then((fetched) => this.judge(token, fetched))
      : this.judge(token, verify);
  }

  override close(): void {
    this.keys.close();
  }

  private judge(token: string, verify: VerifyToken): Caller {
    const claims = verify(token);
    const userId = parseUserId(claims[this.userClaim]);
    if (!userId) throw tokenRefused('not valid');
    const { roles } = claims;
    return { userId, roles: rolesNamed(Array.isArray(roles) ? roles : roles === undefined ? [] : [roles]) };
  }
}
