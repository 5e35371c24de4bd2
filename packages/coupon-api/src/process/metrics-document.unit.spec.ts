import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ApiMetrics, withMetricsTable } from 'coupon-core';
import { Registry } from 'prom-client';
import { registerApiMetrics } from './register-metrics.js';

const DOCUMENT = new URL('../../../../docs/metrics.md', import.meta.url);

it('docs/metrics.md names what this process counts (UPDATE_DOCS=1 writes it there)', () => {
  const registry = new Registry();
  registerApiMetrics(registry, new ApiMetrics({} as never));
  const document = readFileSync(DOCUMENT, 'utf8');
  const actual = withMetricsTable(document, 'coupon-api', registry);
  if (process.env.UPDATE_DOCS) writeFileSync(DOCUMENT, actual);
  else expect(document).toBe(actual);
});
