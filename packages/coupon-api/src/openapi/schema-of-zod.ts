import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

/**
 * What a zod schema takes, as JSON schema; schemas with an id in their metadata stand under it in the components.
 * Answers are read the same way: nothing in them is transformed, and read as input an object may gain properties,
 * as the contract allows.
 */
export const schemaOfZod: StandardSchemaConverter = (schema) => {
  if (!(schema instanceof z.ZodType)) throw new TypeError('The document is made from zod schemas only.');
  const { $schema, $defs, ...converted } = z.toJSONSchema(schema, { io: 'input', override: shorten });
  return { schema: converted, components: $defs };
};

/** `format: date-time` says it better than the long pattern; and that an integer is exact goes without saying. */
function shorten({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.type !== 'integer') return;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
