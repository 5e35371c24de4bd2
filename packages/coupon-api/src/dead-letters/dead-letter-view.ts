import { DEAD_LETTER_STATES, type DeadLetter, personOf } from 'coupon-core';
import { z } from 'zod';
import { page } from '../catalog/list-coupons.query.js';
import { couponIdParameter } from '../http/coupon-id.js';

const time = z.iso.datetime();

/** Reads the id of a dead letter from a path. */
export const deadLetterIdParameter = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, { error: 'The id of a dead letter is a whole number from 1.' })
  .meta({ type: 'integer', minimum: 1 })
  .transform(Number);

export const deadLetterSchema = z
  .object({
    id: z.int().min(1),
    state: z.enum(DEAD_LETTER_STATES).describe('`WAITING` ones are tried again every five minutes.'),
    couponId: z.int().min(1).nullable().describe('null: nothing in the entry could be read.'),
    userId: z.string().nullable(),
    ticket: z.int().min(1).nullable(),
    epoch: z.int().min(0).nullable().describe("The gate's incarnation that gave the ticket."),
    acceptedAt: time.nullable(),
    payload: z.record(z.string(), z.unknown()).describe('As it was kept.'),
    cause: z.string().describe('What the last attempt failed of.'),
    attempts: z.int().min(1),
    nextAttemptAt: time.nullable().describe('null: it is not tried again by itself.'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'DeadLetter' });

export type DeadLetterView = z.infer<typeof deadLetterSchema>;

export function deadLetterView(letter: DeadLetter): DeadLetterView {
  const { id, state, couponId, claim, payload, cause, attempts } = letter;
  return {
    ...{ id, state, couponId },
    userId: claim && personOf(claim.userId),
    ticket: claim?.ticket ?? null,
    epoch: claim?.epoch ?? null,
    acceptedAt: claim ? rfc3339(claim.acceptedAt) : null,
    ...{ payload, cause, attempts },
    nextAttemptAt: letter.nextAttemptAt === null ? null : rfc3339(letter.nextAttemptAt),
    createdAt: rfc3339(letter.createdAt),
    updatedAt: rfc3339(letter.updatedAt),
  };
}

export const deadLetterPageSchema = z
  .object({
    items: z.array(deadLetterSchema),
    nextCursor: z.string().nullable().describe('`cursor` of the next page; null: this is the last one.'),
  })
  .meta({ id: 'DeadLetterPage' });

export const deadLettersQuery = z.object({
  ...page,
  couponId: couponIdParameter.optional(),
  state: z.enum(DEAD_LETTER_STATES).optional(),
});

export type DeadLettersQuery = z.infer<typeof deadLettersQuery>;

/** `letters`: one more than the page holds, where there is one. */
export function deadLetterPage(letters: readonly DeadLetter[], limit: number) {
  const shown = letters.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(deadLetterView),
    nextCursor: letters.length > limit && last ? String(last.id) : null,
  };
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString();
