/** The settings that say who is calling, the same for the applications and for whoever calls them. */
export interface AuthSettings {
  AUTH_MODE: string;
  JWT_SECRET?: string;
  JWKS_URL?: string;
  JWT_ISSUER?: string;
  JWT_AUDIENCE?: string;
  JWT_USER_CLAIM?: string;
}

const NONE: Partial<Record<keyof AuthSettings, undefined>> = {
  JWT_SECRET: undefined,
  JWKS_URL: undefined,
  JWT_ISSUER: undefined,
  JWT_AUDIENCE: undefined,
  JWT_USER_CLAIM: undefined,
};

/** Issuer and audience of the tokens that the local stack signs itself. */
const LOCAL_ISSUER = 'fcfs-local';

/**
 * Those of a stack: what the environment names, and under `AUTH_MODE=jwt` the stack's own secret, issuer and audience
 * for the rest. An issuer with a `JWKS_URL` has names of its own, so nothing is made up beside that.
 */
export function authSettings(env: NodeJS.ProcessEnv, ownSecret: string): AuthSettings {
  const AUTH_MODE = env.AUTH_MODE || 'dev';
  if (AUTH_MODE !== 'jwt') return { AUTH_MODE };
  const own = env.JWKS_URL ? undefined : { secret: ownSecret, name: LOCAL_ISSUER };
  return {
    AUTH_MODE,
    JWT_SECRET: env.JWT_SECRET || own?.secret,
    JWKS_URL: env.JWKS_URL || undefined,
    JWT_ISSUER: env.JWT_ISSUER || own?.name,
    JWT_AUDIENCE: env.JWT_AUDIENCE || own?.name,
    JWT_USER_CLAIM: env.JWT_USER_CLAIM || undefined,
  };
}

/** The environment with these settings in place of all that it had of them. */
export function withAuth(env: NodeJS.ProcessEnv, auth: AuthSettings): NodeJS.ProcessEnv {
  return { ...env, ...NONE, ...auth };
}

/** Whether tokens are needed that nobody on this machine can sign. */
export function onlyIssuerSigns({ AUTH_MODE, JWKS_URL }: Partial<AuthSettings>): boolean {
  return AUTH_MODE === 'jwt' && Boolean(JWKS_URL);
}
