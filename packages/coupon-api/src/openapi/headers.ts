import type { Components, Response } from './document-types.js';

/** The headers of answers that mean something to a client. */
export const HEADERS = {
  'X-Request-Id': {
    description: "The request's own `X-Request-Id`, or one that was made for it.",
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds after which the request should be repeated.',
    schema: { type: 'integer' },
  },
  'WWW-Authenticate': {
    description: 'Where AUTH_MODE is jwt: `Bearer`, with `error="invalid_token"` where one was shown.',
    schema: { type: 'string' },
  },
  ETag: {
    description: 'Moves with everything that can be seen here, except `asOf`.',
    schema: { type: 'string' },
  },
  'X-Cache': {
    description:
      'Where the answer was found: in the memory of this process, in the cache that processes share, or in the database. ' +
      'What is not from the database is at most ten seconds old.',
    schema: { type: 'string', enum: ['L1', 'L2', 'DB'] },
  },
  Location: { description: 'Path of what was created.', schema: { type: 'string' } },
} as const satisfies Components['headers'];

export type HeaderName = keyof typeof HEADERS;

export function headerRefs(headers: readonly HeaderName[]): NonNullable<Response['headers']> {
  return Object.fromEntries(headers.map((header) => [header, { $ref: `#/components/headers/${header}` }]));
}
