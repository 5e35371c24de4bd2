import { v7 as uuidV7 } from 'uuid';
import { z } from 'zod';

/** What stands around the body of every message. */
const HEADER = {
  id: z.uuid(),
  /** What the message is about; messages of one key keep their order. */
  key: z.string().min(1).max(200),
  /** 1, 2, 3 … per key where the sender counts, so that a reader notices what it did not get. */
  sequence: z.number().int().positive().nullable(),
  /** Milliseconds since 1970, by the sender's clock. */
  occurredAt: z.number().int().nonnegative(),
  /** The message that this one follows from, and what all of it began with: of a request, its W3C `traceparent`. */
  causation: z.string().max(200).nullable(),
  correlation: z.string().max(200).nullable(),
};

/** The schema of a message: its type and version are literals on the wire, and a changed body is another version. */
export function messageSchema<Type extends string, Version extends number, Body extends z.ZodType>(
  type: Type,
  version: Version,
  body: Body,
) {
  return z.strictObject({ ...HEADER, type: z.literal(type), version: z.literal(version), body });
}

/** A message of whatever type. */
export interface Envelope {
  id: string;
  type: string;
  version: number;
  key: string;
  sequence: number | null;
  occurredAt: number;
  causation: string | null;
  correlation: string | null;
  body: unknown;
}

/** Ids rise with time, so that rows keyed by them are written side by side. */
export const newMessageId = (): string => uuidV7();
