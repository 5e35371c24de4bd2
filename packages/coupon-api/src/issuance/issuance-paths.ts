import { couponIdSchema } from '../http/coupon-id.js';
import { problemsOf, securityOf } from '../openapi/call-description.js';
import type { Operation, PathItem, Schema } from '../openapi/document-types.js';
import { type AnswerSchema, ISSUANCE_CALLS, type IssuanceCall } from './issuance-calls.js';
import { IDEMPOTENCY_KEY_SCHEMA } from './requester.js';

const couponId = { name: 'couponId', in: 'path', required: true, schema: couponIdSchema } as const;

const receipt = {
  name: 'X-Receipt',
  in: 'header',
  description: 'The `receipt` of an earlier answer: proves a claim that the gate may have lost.',
  schema: { type: 'string' },
} as const;

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Required where `perUserLimit` is above 1, and of no effect elsewhere. The same key repeats the same request; another one asks for one more.',
  schema: IDEMPOTENCY_KEY_SCHEMA,
} as const;

/** The calls that Nest does not know of, since they stand beside it. */
export function issuancePaths(): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const call of ISSUANCE_CALLS) {
    const path = call.url.replace(':couponId', '{couponId}');
    paths[path] = { ...paths[path], [call.method]: operationOf(call) };
  }
  return paths;
}

/** By title. */
export function issuanceSchemas(): Record<string, Schema> {
  const schemas = ISSUANCE_CALLS.flatMap(({ answers }) => Object.values(answers)).map(({ schema }) => schema);
  return Object.fromEntries(schemas.map((schema) => [schema.title, schemaObject(schema)]));
}

function operationOf(call: IssuanceCall): Operation {
  const { operationId, summary, description, answers, takesReceipt } = call;
  const responses = Object.entries(answers).map(([status, { description, schema }]) => [
    status,
    {
      description,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema.title}` } } },
    },
  ]);
  return {
    tags: ['Issuing'],
    operationId,
    summary,
    description,
    security: securityOf(call),
    parameters: takesReceipt ? [couponId, idempotencyKey, receipt] : [couponId, idempotencyKey],
    responses: { ...problemsOf(call), ...Object.fromEntries(responses) },
  };
}

/** The library's type knows fewer formats and no read-only lists. */
export const schemaObject = (schema: AnswerSchema): Schema => schema as unknown as Schema;
