import { describe, expect, it } from '@jest/globals';
import { parseTraceparent, sampledTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const GOOD = `00-${TRACE}-${SPAN}-01`;

describe('a traceparent', () => {
  it('names trace and span, and says whether the trace is sampled', () => {
    expect(parseTraceparent(GOOD)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
    const sampled = ['00', '02', '01', '03', 'ff'].map(
      (flags) => parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)?.sampled,
    );
    expect(sampled).toEqual([false, false, true, true, true]);
  });

  it('of a later version may say more, and travels on as version 00', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be`)?.traceId).toBe(TRACE);
    expect(sampledTraceparent(`cc-${TRACE}-${SPAN}-03-more`)).toBe(GOOD);
    expect(sampledTraceparent(`cc-${TRACE}-${SPAN}-01more`)).toBeNull();
  });

  it('that is not sampled does not travel', () => {
    expect([sampledTraceparent(GOOD), sampledTraceparent(`00-${TRACE}-${SPAN}-00`)]).toEqual([GOOD, null]);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['the version that is forbidden', `ff-${TRACE}-${SPAN}-01`],
    ['more behind version 00', `${GOOD}-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span', `00-${TRACE}-${SPAN}0-01`],
    ['short flags', `00-${TRACE}-${SPAN}-1`],
    ['capital letters', GOOD.toUpperCase()],
    ['two of them', `${GOOD}, ${GOOD}`],
    ['a space before it', ` ${GOOD}`],
    ['a line behind it', `${GOOD}\n`],
  ])('is none: %s', (_what, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});
