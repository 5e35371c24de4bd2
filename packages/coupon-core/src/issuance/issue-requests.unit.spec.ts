import { describe, expect, it } from '@jest/globals';
import { UnreadableMessage } from 'messaging';
import { WITHOUT_GATE } from '../coupon/decide-settlement.js';
import { couponId, user } from '../testing/a-coupon.js';
import { anEntry } from '../testing/an-entry.js';
import { decodeIssueRequest, encodeDirectRequests, encodeIssueRequest } from './issue-requests.js';

/** As it stands in topics: a reader of the next version has to understand it too. */
const GOLDEN = `{"id":"01937a4e-7b1c-7000-8000-000000000001","key":"7","sequence":null,"occurredAt":1798859045678,"causation":null,"correlation":null,"type":"ISSUE_REQUESTED","version":1,"body":{"couponId":7,"shard":3,"gateEpoch":5,"epoch":4,"acceptedAt":1798859045678,"ticket":12,"users":["a","b#k"],"lost":["c"],"traceContext":null}}`;

const DIRECT_GOLDEN = `{"id":"01937a4e-7b1c-7000-8000-000000000001","key":"7","sequence":null,"occurredAt":1798859045678,"causation":null,"correlation":null,"type":"DIRECTLY_REQUESTED","version":1,"body":{"couponId":7,"acceptedAt":1798859045678,"users":["a","b#k"],"traceContext":null}}`;
const withoutId = (text: string) => text.replace(/"id":"[^"]+"/, '');

const request = (users: string[], lost: string[]) => {
  const { id: _id, ...entry } = anEntry(couponId(7), users, { epoch: 4, firstTicket: 12, lost });
  return { shard: 3, gateEpoch: 5, entry };
};

describe('a request in the topic', () => {
  it('is read from the golden text, and written as it', () => {
    expect(decodeIssueRequest(GOLDEN)).toEqual(request(['a', 'b#k'], ['c']));
    const { key, value } = encodeIssueRequest(request(['a', 'b#k'], ['c']));
    expect([key, withoutId(value)]).toEqual(['7', withoutId(GOLDEN)]);
  });

  it.each([
    ['of losses alone', [], ['x', 'y']],
    ['of one user', ['x'], []],
    // No row can hold it; it is the rows that have to say so.
    ['with a name that is too long', ['x'.repeat(500)], []],
  ])('%s comes back as it was sent', (_, users, lost) => {
    const sent = request(users, lost);
    expect(decodeIssueRequest(encodeIssueRequest(sent).value)).toEqual(sent);
  });

  it('without a gate has neither shard nor ticket', () => {
    const acceptedAt = 1_798_859_045_678;
    const users = [user('a'), user('b#k')];
    const sent = encodeDirectRequests({ couponId: couponId(7), acceptedAt, users, traceContext: null });
    expect([sent.key, withoutId(sent.value)]).toEqual(['7', withoutId(DIRECT_GOLDEN)]);
    const claims = users.map((userId) => ({ userId, ...WITHOUT_GATE, acceptedAt }));
    const entry = { couponId: couponId(7), claims, traceContext: null };
    expect(decodeIssueRequest(DIRECT_GOLDEN)).toEqual({ shard: null, gateEpoch: 0, entry });
  });

  it.each([
    ['of nobody', DIRECT_GOLDEN.replace('"a","b#k"', '')],
    ['another version', GOLDEN.replace('"version":1', '"version":2')],
    ['without an epoch of the gate', GOLDEN.replace('"gateEpoch":5,', '')],
    ['no message', 'something'],
  ])('%s is unreadable', (_, value) => {
    expect(() => decodeIssueRequest(value)).toThrow(UnreadableMessage);
  });
});
