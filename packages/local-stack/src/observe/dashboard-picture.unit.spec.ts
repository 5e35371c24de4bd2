import { expect, it } from '@jest/globals';
import { dashboardPicture, type ShownPanel } from './dashboard-picture.js';
import type { Dashboard } from './dashboards.js';

const points = (...values: number[]) => values.map((value, at) => ({ at, value }));
const panel = (type: ShownPanel['type'], unit: string, legendFormat: string): Omit<ShownPanel, 'shown'> => ({
  title: `A ${type}`,
  type,
  gridPos: { x: 0, y: 0, w: 12, h: 8 },
  targets: [{ expr: '', legendFormat }],
  fieldConfig: { defaults: { unit } },
});

it('draws the last value of a stat, the lines of a time series, and the buckets of a heatmap', () => {
  const dashboard = { title: 'Cache & gate', description: 'What it shows.' } as Dashboard;
  const picture = dashboardPicture(
    dashboard,
    [
      { ...panel('stat', 's', 'age'), shown: [[{ labels: {}, points: points(9, 0.25) }]] },
      {
        ...panel('timeseries', 'reqps', 'V{{version}}'),
        shown: [
          [
            { labels: { version: '1' }, points: points(0, 10, 5) },
            { labels: { version: '2' }, points: [] },
          ],
        ],
      },
      {
        ...panel('heatmap', 's', '{{le}}'),
        shown: [
          [
            { labels: { le: '+Inf' }, points: points(0, 7) },
            { labels: { le: '0.01' }, points: points(0, 3) },
            { labels: { le: '1' }, points: points(0, 7) },
          ],
        ],
      },
    ],
    { start: 0, end: 2, stepSeconds: 1 },
  );
  expect(picture).toContain('<title>Cache &amp; gate</title>');
  expect(picture).toContain('>250 ms<');
  expect(picture.match(/<polyline/g)).toHaveLength(1);
  expect(picture).toMatch(/>V1<[\s\S]*>A heatmap</);
  // Three and four values fell into two buckets, and none above.
  expect(picture.match(/<rect [^>]*opacity/g)).toHaveLength(2);
  expect(picture).toContain('>≤ 10 ms<');
  expect(picture).not.toContain('NaN');
});
