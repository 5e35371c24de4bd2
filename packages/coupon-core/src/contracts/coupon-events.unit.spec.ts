import { describe, expect, it } from '@jest/globals';
import { UnreadableMessage } from 'messaging';
import { z } from 'zod';
import { couponEvent, couponEvents } from './coupon-events.js';

/** As they stand in topics. Whoever changes what a body holds adds another version, and leaves these as they are. */
const GOLDEN: Record<string, string> = {
  'ISSUED 1': golden(
    3,
    '"ISSUED","version":1',
    '"couponId":7,"firstIssueNumber":1,"userIds":["ann","bob#k"]',
  ),
  'REJECTED 1': golden(
    4,
    '"REJECTED","version":1',
    '"couponId":7,"claims":[{"userId":"cid","reason":"SOLD_OUT"}]',
  ),
  'CANCELLED 1': golden(
    5,
    '"CANCELLED","version":1',
    '"couponId":7,"lifecycle":"REVOKED","issues":[{"userId":"ann","issueNumber":1}]',
  ),
  'CAMPAIGN_CHANGED 1': golden(
    1,
    '"CAMPAIGN_CHANGED","version":1',
    '"couponId":7,"change":"CREATED","title":"Noon","state":"DRAFT","totalQuantity":null,"issueMode":"BOTH",' +
      '"issueStartsAt":1764115200000,"issueEndsAt":1764118800000,"perUserLimit":1',
  ),
  'CAMPAIGN_CHANGED 2': golden(
    2,
    '"CAMPAIGN_CHANGED","version":2',
    '"couponId":7,"change":"MOVED","title":"Noon","state":"OPEN","totalQuantity":1000,"issueMode":"ASYNC",' +
      '"issueStartsAt":1764115200000,"issueEndsAt":1764118800000,"perUserLimit":1,"admission":"QUEUE"',
  ),
};

function golden(sequence: number, typeAndVersion: string, body: string): string {
  const header =
    `"id":"01937a4e-7c00-7000-8000-000000000001","key":"7","sequence":${sequence},"occurredAt":1764115200000,` +
    '"causation":null,"correlation":null';
  return `{${header},"type":${typeAndVersion},"body":{${body}}}`;
}

const campaign = {
  ...{ couponId: 'integer', change: 'CREATED|EDITED|MOVED|TOTAL_CHANGED', title: 'string' },
  ...{ state: 'DRAFT|OPEN|PAUSED|CLOSED', totalQuantity: 'integer|null', issueMode: 'SYNC|ASYNC|BOTH' },
  ...{ issueStartsAt: 'integer', issueEndsAt: 'integer', perUserLimit: 'integer' },
};

/** What each body may hold, values that no golden text shows among it. */
const BODIES = {
  'ISSUED 1': { couponId: 'integer', firstIssueNumber: 'integer', userIds: ['string'] },
  'REJECTED 1': { couponId: 'integer', claims: [{ userId: 'string', reason: 'string' }] },
  'CANCELLED 1': {
    ...{ couponId: 'integer', lifecycle: 'CANCELLED|REVOKED' },
    issues: [{ userId: 'string', issueNumber: 'integer' }],
  },
  'CAMPAIGN_CHANGED 1': campaign,
  'CAMPAIGN_CHANGED 2': { ...campaign, admission: 'GATE|QUEUE' },
};

interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: string[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

const variants = (schema: JsonSchema): JsonSchema[] =>
  (schema.anyOf ?? schema.oneOf)?.flatMap(variants) ?? [schema];

/** Names of fields with their types in words; a field that may be left out ends with a question mark. */
function shapeOf(schema: JsonSchema): unknown {
  const { properties, required = [], items } = schema;
  if (items) return [shapeOf(items)];
  if (!properties)
    return variants(schema)
      .map((one) => one.enum?.join('|') ?? one.type)
      .join('|');
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [
      required.includes(name) ? name : `${name}?`,
      shapeOf(field),
    ]),
  );
}

describe('an event of a coupon', () => {
  it.each(Object.entries(GOLDEN))('%s is read from its golden text, and written as it', (name, text) => {
    const event = couponEvents.decode(text);
    expect([`${event.type} ${event.version}`, couponEvents.encode(event)]).toEqual([name, text]);
  });

  it('has the shape of its version, and each version its golden text', () => {
    const schemas = variants(z.toJSONSchema(couponEvent) as JsonSchema).map(({ properties }) => properties!);
    const shapes = schemas.map(({ type, version, body }) => [
      `${type!.const} ${version!.const}`,
      shapeOf(body!),
    ]);
    expect(Object.fromEntries(shapes)).toEqual(BODIES);
    expect(Object.keys(GOLDEN)).toEqual(Object.keys(BODIES));
  });

  it.each(Object.entries(GOLDEN))('%s is not read with a field that its version does not have', (_, text) => {
    expect(() => couponEvents.decode(text.replace('"couponId"', '"more":1,"couponId"'))).toThrow(
      UnreadableMessage,
    );
  });

  it('is not read by the shape of another version', () => {
    const text = GOLDEN['CAMPAIGN_CHANGED 2']!.replace('"version":2', '"version":1');
    expect(() => couponEvents.decode(text)).toThrow(/admission/);
  });
});
