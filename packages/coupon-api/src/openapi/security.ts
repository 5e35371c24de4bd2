import type { AuthMode } from '../caller/callers.js';
import type { CallDescription } from './call-description.js';
import type { Components, Operation } from './document-types.js';

type Security = NonNullable<Operation['security']>;
type Schemes = NonNullable<Components['securitySchemes']>;

const SCHEMES: Record<AuthMode, Schemes> = {
  dev: {
    userId: {
      type: 'apiKey',
      in: 'header',
      name: 'X-User-Id',
      description:
        'Who is calling, where AUTH_MODE is dev: 1 to 64 characters of A-Z a-z 0-9 . _ : | @ and -.',
    },
    roles: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Roles',
      description: 'What the caller may do, where AUTH_MODE is dev: `admin`, `service`, separated by commas.',
    },
  },
  jwt: {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'A token of the issuer; its claim `roles` says what the caller may do: `admin`, `service`.',
    },
  },
};

const SECURITY: Record<AuthMode, Record<CallDescription['caller'], Security>> = {
  dev: { anybody: [], user: [{ userId: [] }], operator: [{ userId: [], roles: [] }] },
  // OpenAPI 3.1 lets a scheme of this type name the roles that a call needs.
  jwt: { anybody: [], user: [{ bearer: [] }], operator: [{ bearer: ['admin'] }] },
};

export const securitySchemesOf = (mode: AuthMode): Schemes => SCHEMES[mode];

/** From the callers that the descriptions name to the schemes by which they show who they are. */
export function securityIn(mode: AuthMode, described: Security = []): Security {
  const callers = described.flatMap((one) => Object.keys(one)) as CallDescription['caller'][];
  return callers.flatMap((caller) => SECURITY[mode][caller]);
}
