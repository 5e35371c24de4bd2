import { parseIssueNumber } from 'coupon-core';
import { z } from 'zod';

const RANGE = 'a whole number from 1 to 2^53 - 1';

/** Reads an issue number from a path. */
export const issueNumberParameter = z
  .string()
  .meta({ type: 'integer', minimum: 1, description: RANGE })
  .transform((text, context) => {
    const number = parseIssueNumber(text);
    if (number !== null) return number;
    context.addIssue({ code: 'custom', message: `An issue number is ${RANGE}.` });
    return z.NEVER;
  });
