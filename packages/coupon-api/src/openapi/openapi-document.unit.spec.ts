import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createCouponBody } from '../campaign/create-coupon.body.js';
import { PROBLEM_CODES } from '../http/problem.js';
import { ISSUANCE_CALLS } from '../issuance/issuance-calls.js';
import { startJwtApp } from '../testing/jwt-app.js';
import { VALID_COUPON } from '../testing/operator.js';
import { RegisteredRoutes } from '../testing/registered-routes.js';
import { ScriptedApp } from '../testing/scripted-app.js';
import { ServedDocument } from '../testing/served-document.js';
import type { Operation } from './document-types.js';

/** The document does not describe itself. */
const ITSELF = /^\/(openapi\.json|docs(\/.*)?)$/;

const REQUEST_V2 = 'POST /v2/coupons/{couponId}/issues';

describe('/openapi.json', () => {
  const routes = new RegisteredRoutes();
  let app: ScriptedApp;
  let document: ServedDocument;

  beforeAll(async () => {
    routes.listen();
    app = await ScriptedApp.start();
    document = await ServedDocument.of(app);
  });

  afterAll(async () => {
    routes.stop();
    await app.stop();
  });

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(document.text))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const broken = { ...JSON.parse(document.text), paths: { 'no-slash': { get: {} } } };
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it('is JSON, whoever asks', async () => {
    const { statusCode, headers } = await app.call('GET', '/openapi.json', { headers: {} });
    expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  it('refers to nothing that it lacks, and all its schemas are JSON schemas', () => {
    const refs = [...document.text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(refs).toContain('components/schemas/Claim');
    for (const ref of refs) {
      let found: unknown = document.json;
      for (const key of ref.split('/')) found = (found as Record<string, unknown> | undefined)?.[key];
      expect([ref, found]).toEqual([ref, expect.anything()]);
    }
    for (const name of Object.keys(document.schemas)) expect(document.validator(name)).toBeDefined();
  });

  it('describes every call that is registered, and no other', () => {
    const registered = routes.all
      .filter(({ url }) => !ITSELF.test(url))
      .flatMap(({ method, url }) => [method].flat().map((one) => `${one} ${url.replace(/:(\w+)/g, '{$1}')}`))
      // Fastify adds one to every GET.
      .filter((call) => !call.startsWith('HEAD '));
    expect(registered).toContain(REQUEST_V2);
    expect([...document.operations.keys()].sort()).toEqual(registered.sort());
  });

  it('names and groups every call', () => {
    const groups = document.json.tags?.map(({ name }) => [name]);
    const ids = [...document.operations.values()].map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [call, { summary, operationId, tags }] of document.operations) {
      expect([call, summary, operationId]).toEqual([
        call,
        expect.stringMatching(/^\w/),
        expect.stringMatching(/^\w+$/),
      ]);
      expect(groups).toContainEqual(tags);
    }
  });

  it('says who may call, and what whoever may not is answered', () => {
    const headers = (operation: Operation) => operation.security?.flatMap((scheme) => Object.keys(scheme));
    for (const [call, operation] of document.operations) {
      const operators = call.includes(' /admin/');
      const named = operators || call.includes('/issues');
      expect([call, headers(operation)]).toEqual([
        call,
        [...(named ? ['userId'] : []), ...(operators ? ['roles'] : [])],
      ]);
      expect([call, Object.keys(operation.responses)]).toEqual([
        call,
        expect.arrayContaining([
          ...(named ? ['400', '401'] : []),
          ...(operators ? ['403'] : []),
          ...(call.startsWith('POST') ? ['413', '415'] : []),
          ...['500', '503'],
        ]),
      ]);
    }
    expect(document.json.components?.securitySchemes).toMatchObject({
      userId: { type: 'apiKey', in: 'header', name: 'X-User-Id' },
      roles: { type: 'apiKey', in: 'header', name: 'X-Roles' },
    });
  });

  it('says the same of tokens, where these say who calls', async () => {
    const other = await startJwtApp();
    try {
      const shown = await ServedDocument.of(other);
      expect(await new Validator().validate(JSON.parse(shown.text))).toEqual({ valid: true });
      for (const [call, { security, responses }] of shown.operations) {
        const before = document.operation(call).security ?? [];
        const roles = before.some((one) => 'roles' in one) ? ['admin'] : [];
        expect([call, security]).toEqual([call, before.length > 0 ? [{ bearer: roles }] : []]);
        if ('401' in responses) {
          expect(shown.response(call, 401).headers).toHaveProperty(['WWW-Authenticate']);
        }
      }
      expect(shown.json.components?.securitySchemes).toEqual({
        bearer: expect.objectContaining({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }),
      });
    } finally {
      await other.stop();
    }
  });

  it('has the request id in every request and every answer', () => {
    for (const [call, { parameters, responses }] of document.operations) {
      expect(parameters).toContainEqual({ $ref: '#/components/parameters/RequestId' });
      for (const status of Object.keys(responses)) {
        const { description, headers } = document.response(call, status);
        expect(description).toMatch(/\w/);
        expect(headers).toMatchObject({ 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } });
      }
    }
  });

  it('has one problem, with every code there is, and says which of them a call may answer', () => {
    expect(document.schemas.Problem).toMatchObject({ properties: { code: { enum: PROBLEM_CODES } } });
    const conflict = document.response(REQUEST_V2, 409);
    expect(Object.keys(conflict.content ?? {})).toEqual(['application/problem+json']);
    expect(conflict.description.match(/`\w+`/g)).toEqual(
      ['WRONG_MODE', 'NOT_STARTED', 'ENDED', 'PAUSED', 'CLOSED', 'ALREADY_ISSUED', 'SOLD_OUT'].map(
        (code) => `\`${code}\``,
      ),
    );
    expect(document.response(REQUEST_V2, 503).headers).toHaveProperty(['Retry-After']);
  });

  it('shows the calls of the rush, each of which has a route', () => {
    for (const call of ISSUANCE_CALLS) {
      const method = call.method.toUpperCase();
      expect(routes.all.map((one) => `${one.method} ${one.url}`)).toContain(`${method} ${call.url}`);
      const name = `${method} ${call.url.replace(':couponId', '{couponId}')}`;
      for (const [status, { schema }] of Object.entries(call.answers)) {
        const shown = { $ref: `#/components/schemas/${schema.title}` };
        expect(document.response(name, status).content).toEqual({ 'application/json': { schema: shown } });
        expect(document.schemas[schema.title]).toEqual(schema);
      }
    }
  });

  it('names what a call takes from the path, the query and the headers', () => {
    const taken = (call: string) =>
      document.operation(call).parameters?.flatMap((one) => ('name' in one ? [`${one.in} ${one.name}`] : []));
    expect(taken(REQUEST_V2)).toEqual(['path couponId', 'header Idempotency-Key', 'header X-Receipt']);
    expect(taken('POST /v1/coupons/{couponId}/issues')).toEqual(['path couponId', 'header Idempotency-Key']);
    expect(taken('GET /v1/coupons/{couponId}')).toEqual(['path couponId', 'header if-none-match']);
    expect(taken('GET /admin/v1/coupons')).toEqual(['query cursor', 'query limit', 'query state']);
  });

  it('shows a body that the API takes', () => {
    const { example } = document.schemas.CouponDefinition as { example?: unknown };
    expect(createCouponBody.safeParse(example)).toMatchObject({ success: true });
    for (const body of [example, VALID_COUPON])
      expect(document.faultsOfBody('CouponDefinition', body)).toBe('');
    expect(document.operation('POST /admin/v1/coupons').requestBody).toEqual({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/CouponDefinition' } } },
    });
  });
});
