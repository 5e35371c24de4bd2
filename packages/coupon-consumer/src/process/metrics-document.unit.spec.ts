import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ConsumerMetrics, withMetricsTable } from 'coupon-core';
import { Registry } from 'prom-client';
import { registerConsumerMetrics } from './register-metrics.js';

const DOCUMENT = new URL('../../../../docs/metrics.md', import.meta.url);

it('docs/metrics.md names what this process counts (UPDATE_DOCS=1 writes it there)', () => {
  const registry = new Registry();
  const core = new ConsumerMetrics({} as never, {} as never, {} as never, {} as never);
  registerConsumerMetrics(registry, core, {} as never, 0);
  const document = readFileSync(DOCUMENT, 'utf8');
  const actual = withMetricsTable(document, 'coupon-consumer', registry);
  if (process.env.UPDATE_DOCS) writeFileSync(DOCUMENT, actual);
  else expect(document).toBe(actual);
});
