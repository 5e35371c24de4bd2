import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { AuthMode } from '../caller/callers.js';
import { problemSchema } from '../http/problem-schema.js';
import { issuancePaths, issuanceSchemas, schemaObject } from '../issuance/issuance-paths.js';
import type { Operation, PathItem, Response } from './document-types.js';
import { HEADERS, headerRefs } from './headers.js';
import { schemaOfZod } from './schema-of-zod.js';
import { securityIn, securitySchemesOf } from './security.js';

const OPENAPI_VERSION = '3.1.0';
/** Of the contract, which grows without breaking: the calls carry their own version in their paths. */
const CONTRACT_VERSION = '1.0.0';

const ABOUT = [
  'Errors are problem details (RFC 9457) with a stable `code`. Every request is answered within 5 s;',
  'what cannot be is 503 `UNAVAILABLE`. Money is in minor units, times are RFC 3339.',
].join(' ');

const requestId = {
  name: 'X-Request-Id',
  in: 'header',
  description: 'Comes back in the answer and names the request in the logs.',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[ -~]*$' },
} as const;

/** The whole API: the controllers that Nest has, and the calls that stand on Fastify directly. */
export function openApiDocument(nest: INestApplication, mode: AuthMode): OpenAPIObject {
  const described = SwaggerModule.createDocument(nest, frame(), { standardSchemaConverter: schemaOfZod });
  const paths = { ...issuancePaths(), ...described.paths };
  const schemas = { ...described.components?.schemas, ...issuanceSchemas() };
  return {
    ...described,
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, completed(item, mode)])),
    components: {
      ...described.components,
      securitySchemes: securitySchemesOf(mode),
      schemas: { ...schemas, [problemSchema.title]: schemaObject(problemSchema) },
      parameters: { RequestId: requestId },
      headers: HEADERS,
    },
  };
}

function frame(): Omit<OpenAPIObject, 'paths'> {
  return new DocumentBuilder()
    .setOpenAPIVersion(OPENAPI_VERSION)
    .setTitle('First-come-first-served coupons')
    .setDescription(ABOUT)
    .setVersion(CONTRACT_VERSION)
    .addTag('Issuing', 'The calls of the rush')
    .addTag('Issues', 'What happens to them afterwards')
    .addTag('Coupons', 'As everybody may see them')
    .addTag('Operators', 'Need the role admin')
    .addTag('Compatibility', 'For clients of an older service; the user comes from the body')
    .addTag('Process', 'Health and metrics')
    .build();
}

/** Every call takes and answers the request id, and all name their callers alike: no description has to say so. */
function completed(item: PathItem, mode: AuthMode): PathItem {
  return Object.fromEntries(
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => [
      method,
      {
        ...operation,
        security: securityIn(mode, operation.security),
        parameters: [...(operation.parameters ?? []), { $ref: '#/components/parameters/RequestId' }],
        responses: Object.fromEntries(
          Object.entries(operation.responses).map(([status, response]) => [
            status,
            echoing(response as Response),
          ]),
        ),
      },
    ]),
  );
}

function echoing(response: Response): Response {
  return { ...response, headers: { ...response.headers, ...headerRefs(['X-Request-Id']) } };
}
