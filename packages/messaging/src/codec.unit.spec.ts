import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Codec, UnreadableMessage } from './codec.js';
import { messageSchema, newMessageId } from './envelope.js';

const codec = new Codec(
  z.discriminatedUnion('type', [
    messageSchema('GREETED', 1, z.strictObject({ name: z.string() })),
    messageSchema('LEFT', 2, z.strictObject({ at: z.number() })),
  ]),
);

/** As it stands on the wire; whoever changes this breaks readers. */
const GOLDEN =
  '{"id":"01937a4e-7c00-7000-8000-000000000001","key":"7","sequence":3,"occurredAt":1764115200000,' +
  '"causation":null,"correlation":"request 1","type":"GREETED","version":1,"body":{"name":"Ann"}}';

describe('a codec', () => {
  it('writes and reads the golden text', () => {
    const message = codec.decode(GOLDEN);
    expect(message).toMatchObject({ type: 'GREETED', version: 1, sequence: 3, body: { name: 'Ann' } });
    expect(codec.encode(message)).toBe(GOLDEN);
  });

  it.each([
    ['what is not JSON', 'x'],
    ['another version', GOLDEN.replace('"version":1', '"version":2')],
    ['an unknown type', GOLDEN.replace('GREETED', 'SEEN')],
    ['a body of another type', GOLDEN.replace('GREETED', 'LEFT')],
    ['a field that it does not know', GOLDEN.replace('"key"', '"extra":1,"key"')],
    ['an id that is none', GOLDEN.replace('01937a4e', 'x')],
  ])('does not read %s', (_, text) => {
    expect(() => codec.decode(text)).toThrow(UnreadableMessage);
  });

  it('does not write what nobody could read', () => {
    const message = codec.decode(GOLDEN);
    expect(() => codec.encode({ ...message, sequence: 0 })).toThrow();
  });
});

describe('message ids', () => {
  it('rise', () => {
    const ids = Array.from({ length: 100 }, newMessageId);
    expect([...ids].sort()).toEqual(ids);
  });
});
