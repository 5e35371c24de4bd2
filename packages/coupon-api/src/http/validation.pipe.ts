import { StandardSchemaValidationPipe } from '@nestjs/common';
import { RequestRefused } from './problem.js';

const FAULTS_NAMED_MAX = 20;

type Fault = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0][number];

/** Validates by the zod schema that a parameter names; all faults are named together. */
export const validationPipe = new StandardSchemaValidationPipe({
  exceptionFactory: (faults) => new RequestRefused('VALIDATION_FAILED', detailOf(faults)),
});

function detailOf(faults: readonly Fault[]): string {
  return faults.slice(0, FAULTS_NAMED_MAX).map(sentenceOf).join('; ');
}

function sentenceOf({ path, message }: Fault): string {
  const where = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where ? `${where}: ${message}` : message;
}
