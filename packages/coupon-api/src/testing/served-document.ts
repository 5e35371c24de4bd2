import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import type { Operation, Response } from '../openapi/document-types.js';
import type { ScriptedApp } from './scripted-app.js';

/** `/openapi.json` as a client reads it. Calls are named as in `GET /v1/coupons/{couponId}`. */
export class ServedDocument {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly schemas: Readonly<Record<string, Record<string, unknown>>>;
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });

  private constructor(
    readonly text: string,
    readonly json: OpenAPIObject,
  ) {
    this.schemas = (json.components?.schemas ?? {}) as Record<string, Record<string, unknown>>;
    this.operations = new Map(
      Object.entries(json.paths).flatMap(([path, item]) =>
        Object.entries(item as Record<string, Operation>).map(([method, operation]) => [
          `${method.toUpperCase()} ${path}`,
          operation,
        ]),
      ),
    );
    formats.default(this.ajv);
    this.ajv.addSchema({ $id: 'document:/', components: json.components });
  }

  static async of(app: ScriptedApp): Promise<ServedDocument> {
    const { body } = await app.call('GET', '/openapi.json');
    return new ServedDocument(body, JSON.parse(body));
  }

  operation(call: string): Operation {
    const operation = this.operations.get(call);
    if (!operation) throw new Error(`The document lacks ${call}.`);
    return operation;
  }

  response(call: string, status: number | string): Response {
    const response = this.operation(call).responses[String(status)];
    if (!response || '$ref' in response) throw new Error(`The document lacks ${call} → ${status}.`);
    return response;
  }

  /** Of bodies of a component's schema; a property that it does not name is a fault. */
  validator(component: string): ValidateFunction {
    const schema = { $ref: `document:/#/components/schemas/${component}` };
    return this.ajv.compile({ allOf: [schema], unevaluatedProperties: false });
  }

  /** All that is wrong with a body, in words; empty: nothing. */
  faultsOfBody(component: string, body: unknown): string {
    const fits = this.validator(component);
    return fits(body) ? '' : this.ajv.errorsText(fits.errors);
  }

  /** The same of an answer to a call, after its status and its media type. */
  faultsOfAnswer(call: string, answer: LightMyRequestResponse): string {
    const [mediaType = ''] = String(answer.headers['content-type']).split(';');
    const schema = this.response(call, answer.statusCode).content?.[mediaType]?.schema;
    if (!schema || !('$ref' in schema)) throw new Error(`The document lacks ${call} → ${mediaType}.`);
    return this.faultsOfBody(schema.$ref.replace('#/components/schemas/', ''), answer.json());
  }
}
