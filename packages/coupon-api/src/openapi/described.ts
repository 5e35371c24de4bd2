import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ZodType } from 'zod';
import { type CallDescription, problemsOf, securityOf } from './call-description.js';
import { type HeaderName, headerRefs } from './headers.js';

interface ControllerCall extends CallDescription {
  /** By status; one that is a problem's as well stands in its place. */
  answers: Readonly<Record<number, ControllerAnswer>>;
}

interface ControllerAnswer {
  description: string;
  /** Absent: the answer has no body. */
  body?: ZodType;
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
  return { description, standardSchema: body, headers: headerRefs(headers) };
}
