import { JwtCallers } from '../caller/jwt-callers.js';
import { secretKey, type TokenKeys } from '../caller/token-keys.js';
import { tokenVerifier } from '../caller/token-verifier.js';
import { ScriptedApp } from './scripted-app.js';
import { RULES, secretMaker } from './token-maker.js';

export const JWT_SECRET = 'Zx81-0123456789-abcdefghijklmnop';

const maker = secretMaker(JWT_SECRET);

/** The header of one who bears a token with these claims. */
export const bearer = (claims: Record<string, unknown> = {}) => ({
  authorization: `Bearer ${maker.token({ claims })}`,
});

/** The whole application under AUTH_MODE=jwt, with a shared secret where no other keys are given. */
export function startJwtApp(
  keys: TokenKeys = secretKey(tokenVerifier(JWT_SECRET, 'HS256', RULES)),
  compatibility = false,
): Promise<ScriptedApp> {
  return ScriptedApp.start(new JwtCallers(keys, 'sub'), compatibility);
}
