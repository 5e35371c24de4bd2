import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../repository-root.js';
import { readDashboards } from './dashboards.js';
import { queriesOfRules, rulesText, selectorsOf } from './selectors.js';

const documentOf = (name: string) => readFileSync(join(repositoryRoot, 'docs', name), 'utf8');
/** Every process has these beside its own, from Prometheus. */
const EVERYWHERE = ['job', 'instance'];

/** Of each series that there is of ours: its labels. */
const known = new Map<string, string[]>();
for (const [, name, type, labels] of documentOf('metrics.md').matchAll(
  /^\| `(coupon_\w+)`\s*\| (\w+)\s*\| (.*?)\s*\|/gm,
)) {
  const names = [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!);
  if (type !== 'histogram') known.set(name!, names);
  else
    for (const part of ['bucket', 'sum', 'count'])
      known.set(`${name}_${part}`, part === 'bucket' ? [...names, 'le'] : names);
}
for (const [, name] of rulesText().matchAll(/record: (\S+)/g)) known.set(name!, ['coupon']);

const unknownIn = (query: string) =>
  selectorsOf(query)
    .filter(({ metric }) => metric.startsWith('coupon'))
    .flatMap(({ text, metric, labels }) => {
      const allowed = [...(known.get(metric) ?? []), ...EVERYWHERE];
      return known.has(metric) && labels.every((label) => allowed.includes(label)) ? [] : [text];
    });

const queries = [
  ...queriesOfRules(rulesText()),
  ...readDashboards().flatMap(({ panels }) =>
    panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ),
];

describe('the queries of rules and dashboards', () => {
  it('are all found', () => {
    expect(queriesOfRules(rulesText())).toHaveLength(rulesText().match(/^ +expr:/gm)!.length);
    expect(selectorsOf('sum(rate(coupon_a_total{x="1",job=~"up.*"}[1m])) / (up or vector(0))')).toEqual([
      { text: 'coupon_a_total{x="1",job=~"up.*"}', metric: 'coupon_a_total', labels: ['x', 'job'] },
      { text: 'up', metric: 'up', labels: [] },
    ]);
  });

  it.each([...new Set(queries)])('%s asks for what docs/metrics.md or a rule names', (query) => {
    expect(unknownIn(query)).toEqual([]);
  });

  it('would be told of a name or a label that nobody has', () => {
    expect(unknownIn('max(coupon_dead_letter{state="waiting"}) + coupon_dead_letters{stat="x"}')).toEqual([
      'coupon_dead_letter{state="waiting"}',
      'coupon_dead_letters{stat="x"}',
    ]);
  });
});

it('the runbook speaks of metrics that there are', () => {
  const named = [...documentOf('runbook.md').matchAll(/`(coupon_\w+)/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !known.has(name) && !known.has(`${name}_count`))).toEqual([]);
});
