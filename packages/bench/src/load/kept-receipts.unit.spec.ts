import { describe, expect, it } from '@jest/globals';
import { KeptReceipts } from './kept-receipts.js';

const claim = (receipt: string) => JSON.stringify({ status: 'PENDING', ticket: 7, receipt });

describe('people who keep their receipts', () => {
  it('show the last one they were given, and nothing before the first', () => {
    const kept = new KeptReceipts();
    expect(kept.headerOf(3)).toBe('');
    kept.read(3, 202, claim('one'));
    kept.read(3, 202, claim('two'));
    kept.read(4, 409, '{"code":"SOLD_OUT"}');
    expect(kept.headerOf(3)).toBe('x-receipt: two\r\n');
    expect([...kept.holders]).toEqual([3]);
  });

  it('come back on 503, and on nothing else', () => {
    const kept = new KeptReceipts();
    expect(kept.read(3, 503, '')).toBeNull();
    expect(kept.turnedAway).toBe(1);
    expect(kept.read(3, 500, '{"code":"INTERNAL"}')).toMatchObject({ outcome: 'FAULT' });
    expect(kept.read(3, 409, '{"code":"SOLD_OUT"}')).toMatchObject({ outcome: 'SOLD_OUT' });
  });

  it('may have another ticket afterwards, or hear that the claim was lost, but no other rejection', () => {
    const kept = new KeptReceipts();
    expect(kept.read(3, 202, claim('one'))).toMatchObject({ outcome: 'CLAIM', ticket: Number.NaN });
    const rejected = (reason: string) => JSON.stringify({ status: 'REJECTED', ticket: 7, reason });
    expect(kept.read(3, 202, rejected('LOST_IN_INCIDENT'))).toMatchObject({ outcome: 'CLAIM' });
    expect(kept.read(3, 202, JSON.stringify({ status: 'PENDING' }))).toMatchObject({ outcome: 'CLAIM' });
    expect(kept.read(3, 202, rejected('SOLD_OUT'))).toMatchObject({ outcome: 'FAULT' });
  });
});
