import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ApiMetrics, metricsTable, tableOf } from 'coupon-core';
import { Registry } from 'prom-client';
import { registerApiMetrics } from './register-metrics.js';

const DOCUMENT = new URL('../../../../docs/metrics.md', import.meta.url);

it('docs/metrics.md names what this process counts (UPDATE_DOCS=1 writes it there)', () => {
  const registry = new Registry();
  registerApiMetrics(registry, new ApiMetrics({} as never));
  const document = readFileSync(DOCUMENT, 'utf8');
  const documented = tableOf('coupon-api', document);
  const actual = metricsTable(registry);
  if (process.env.UPDATE_DOCS)
    writeFileSync(
      DOCUMENT,
      document.replace(documented, () => actual),
    );
  else expect(documented).toBe(actual);
});
