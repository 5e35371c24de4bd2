import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { ZodType } from 'zod';
import { type CallDescription, problemsOf, securityOf } from './call-description.js';
import { type HeaderName, headerRefs } from './headers.js';

interface ControllerCall extends CallDescription {
  /** By status; one that is a problem's as well stands in its place. */
  answers: Readonly<Record<number, ControllerAnswer>>;
}

interface ControllerAnswer {
  description: string;
  /** Absent: the answer has no body. A schema with a title stands under it in the components already. */
  body?: ZodType | { readonly title: string };
  headers?: readonly HeaderName[];
}

/** Describes a controller's method; its parameters and its body are read off the method itself. */
export function Described(call: ControllerCall): MethodDecorator {
  const { operationId, summary, description } = call;
  const answers = Object.entries(call.answers).map(
    ([status, answer]) => [status, responseOf(answer)] as const,
  );
  const responses = { ...problemsOf(call), ...Object.fromEntries(answers) };
  return applyDecorators(
    ApiOperation({ operationId, summary, description, security: securityOf(call) }),
    ...Object.entries(responses).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response }),
    ),
  );
}

function responseOf({ description, body, headers = [] }: ControllerAnswer) {
  const response = { description, headers: headerRefs(headers) };
  if (body === undefined || body instanceof ZodType) return { ...response, standardSchema: body };
  const schema = { $ref: `#/components/schemas/${body.title}` };
  return { ...response, content: { 'application/json': { schema } } };
}
