import type { z } from 'zod';
import type { Envelope } from './envelope.js';

/** What was read is no message that this program knows, and will not become one. */
export class UnreadableMessage extends Error {}

/** The messages of a topic as text. */
export class Codec<M extends Envelope> {
  /** `schema`: one of `messageSchema`, or a union of several. */
  constructor(private readonly schema: z.ZodType<M>) {}

  /** @throws where the message is not as its schema says: a fault of the sender, found before it is sent */
  encode(message: M): string {
    return JSON.stringify(this.schema.parse(message));
  }

  /** @throws UnreadableMessage */
  decode(text: string): M {
    const result = this.schema.safeParse(parse(text));
    if (result.success) return result.data;
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UnreadableMessage(`No message of this topic: ${faults.join('; ')}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableMessage('Not JSON.', { cause });
  }
}
