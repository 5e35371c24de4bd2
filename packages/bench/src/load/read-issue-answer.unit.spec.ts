import { describe, expect, it } from '@jest/globals';
import { readIssueAnswer } from './read-issue-answer.js';

const claim = { outcome: 'CLAIM', fault: null };
const fault = (text: string) => ({ outcome: 'FAULT', fault: text });

describe('an answer of an issue door', () => {
  it.each([
    ['a ticket', 202, '{"ticket":12,"status":"PENDING"}', { ...claim, ticket: 12, issueNumber: Number.NaN }],
    [
      'a repeat',
      202,
      '{"ticket":12,"status":"ISSUED","issueNumber":9}',
      { ...claim, ticket: 12, issueNumber: 9 },
    ],
    [
      'an issue',
      201,
      '{"status":"ISSUED","issueNumber":9}',
      { ...claim, ticket: Number.NaN, issueNumber: 9 },
    ],
    [
      'a null ticket',
      200,
      '{"ticket":null,"issueNumber":9}',
      { ...claim, ticket: Number.NaN, issueNumber: 9 },
    ],
    [
      'a request that the queue decides',
      202,
      '{"status":"PENDING","receipt":"r"}',
      { ...claim, ticket: Number.NaN, issueNumber: Number.NaN },
    ],
    ['sold out', 409, '{"status":409,"code":"SOLD_OUT"}', { outcome: 'SOLD_OUT', fault: null }],
    ['another refusal', 409, '{"status":409,"code":"PAUSED"}', fault('409 PAUSED')],
    ['a fault', 503, '{"code":"UNAVAILABLE"}', fault('503 UNAVAILABLE')],
    ['a fault without a code', 502, '<html>', fault('502')],
    ['a rejected claim', 202, '{"ticket":12,"status":"REJECTED"}', fault('202 REJECTED')],
    [
      'a claim without a name',
      202,
      '{"status":"PENDING"}',
      fault('202 without ticket, issue number and receipt'),
    ],
    ['a broken body', 201, '{"issueNumber":', fault('201 with an unreadable body')],
  ])('reads %s', (_, status, body, expected) => {
    expect(readIssueAnswer(status, body)).toMatchObject({ status, ...expected });
  });
});
