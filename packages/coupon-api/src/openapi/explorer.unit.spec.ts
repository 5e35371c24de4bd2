import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScriptedApp } from '../testing/scripted-app.js';

describe('/docs', () => {
  let app: ScriptedApp;

  beforeAll(async () => {
    app = await ScriptedApp.start();
  });

  afterAll(async () => {
    await app.stop();
  });

  it.each(['/docs', '/docs/'])('%s is a page whose parts all load, from here', async (url) => {
    const page = await app.call('GET', url);
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html']);
    const parts = [...page.body.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+)"/g)].map(
      ([, part = '']) => new URL(part, `http://here${url}`),
    );
    expect(parts.map(({ pathname }) => pathname)).toEqual(
      expect.arrayContaining([
        '/docs/swagger-ui.css',
        '/docs/swagger-ui-bundle.js',
        '/docs/swagger-ui-init.js',
      ]),
    );
    for (const { host, pathname } of parts) {
      const { statusCode, headers, rawPayload } = await app.call('GET', pathname);
      expect([pathname, host, statusCode, headers['content-type'], rawPayload.length > 0]).toEqual([
        pathname,
        'here',
        200,
        expect.stringMatching(/^(text\/css|application\/javascript|image\/png)/),
        true,
      ]);
    }
  });

  it('shows the document, and asks nobody else about it', async () => {
    const { body } = await app.call('GET', '/docs/swagger-ui-init.js');
    expect(body).toContain('"operationId": "requestCoupon"');
    expect(body).toContain('"validatorUrl": null');
  });

  it('has nothing else', async () => {
    for (const url of ['/docs/nothing.js', '/docs-json', '/docs/%2e%2e/package.json']) {
      const answer = await app.call('GET', url);
      expect([url, answer.statusCode, answer.json().code]).toEqual([url, 404, 'ROUTE_NOT_FOUND']);
    }
  });
});
