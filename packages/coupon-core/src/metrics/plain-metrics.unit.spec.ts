import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { Distribution, PlainCounter, registerMetrics } from './plain-metrics.js';

const linesOf = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('plain metrics, as Prometheus reads them', () => {
  it('a counter has one line for each combination of labels, from zero on', async () => {
    const registry = new Registry();
    const answers = new PlainCounter({ name: 'answers_total', help: 'h', labelNames: ['door', 'outcome'] });
    registerMetrics(registry, [answers]);
    answers.of('1', 'issued').add();
    answers.of('1', 'issued').add(2);
    answers.of('2', 'issued');
    expect(await linesOf(registry)).toEqual([
      'answers_total{door="1",outcome="issued"} 3',
      'answers_total{door="2",outcome="issued"} 0',
    ]);
    expect(await registry.metrics()).toContain('# TYPE answers_total counter');
  });

  it('a distribution counts each value in all buckets that it is not above', async () => {
    const registry = new Registry();
    const waits = new Distribution({ name: 'wait_seconds', help: 'h', labelNames: ['batch'] }, [0.1, 1]);
    registerMetrics(registry, [waits]);
    const tally = waits.of('claim');
    for (const value of [0, 0.1, 0.5, 7]) tally.observe(value);
    tally.observe(1, 10);
    expect(await linesOf(registry)).toEqual([
      'wait_seconds_bucket{batch="claim",le="0.1"} 2',
      'wait_seconds_bucket{batch="claim",le="1"} 13',
      'wait_seconds_bucket{batch="claim",le="+Inf"} 14',
      'wait_seconds_sum{batch="claim"} 17.6',
      'wait_seconds_count{batch="claim"} 14',
    ]);
    expect(await registry.metrics()).toContain('# TYPE wait_seconds histogram');
  });
});
