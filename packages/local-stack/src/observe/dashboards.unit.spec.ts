import { describe, expect, it } from '@jest/globals';
import { readDashboards, withoutVariables } from './dashboards.js';

const dashboards = readDashboards();
const panels = dashboards.flatMap(({ title, templating, panels }) =>
  panels
    .filter(({ type }) => type !== 'row')
    .map((panel) => [`${title}: ${panel.title}`, panel, templating] as const),
);

it('there are the four dashboards', () => {
  expect(dashboards.map(({ title }) => title).sort()).toEqual([
    'Cache & gate',
    'Queue & consumers',
    'Rush',
    'Services',
  ]);
});

describe.each(panels)('%s', (_name, panel, templating) => {
  it('says what it shows, in which unit, and by which names', () => {
    expect(panel.description).toMatch(/^\S.*[.]$/);
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    expect(panel.targets?.length).toBeGreaterThan(0);
    for (const { legendFormat } of panel.targets!) expect(legendFormat).toBeTruthy();
  });

  it('asks by variables that there are', () => {
    const names = templating.list.map(({ name }) => `$${name}`);
    for (const { expr } of panel.targets!)
      for (const [used] of expr.matchAll(/\$\w+/g)) expect(['$__rate_interval', ...names]).toContain(used);
  });
});

it('variables stand for everything where nothing is chosen', () => {
  const filled = withoutVariables('rate(a{shard=~"$shard"}[$__rate_interval])', '15s');
  expect(filled).toBe('rate(a{shard=~".*"}[15s])');
});
