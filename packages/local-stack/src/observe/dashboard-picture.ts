import type { Dashboard, Panel, Range, Series } from './dashboards.js';
import { figureText } from './figure-text.js';

const COLUMN = 44;
const ROW = 22;
const TOP = 44;
const COLOURS = [
  '#1f77b4',
  '#d95f02',
  '#2ca02c',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
];
/** More names would not fit below a panel. */
const LEGEND_MAX = 4;

/** What a panel shows: for each of its queries the series. */
export type ShownPanel = Panel & { shown: Series[][] };

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A dashboard with the data of a run, laid out as Grafana does, as an SVG image. */
export function dashboardPicture(dashboard: Dashboard, panels: readonly ShownPanel[], range: Range): string {
  const height = TOP + Math.max(...panels.map(({ gridPos }) => (gridPos.y + gridPos.h) * ROW)) + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * COLUMN} ${height}" font-family="sans-serif" font-size="10">`,
    `<title>${escaped(dashboard.title)}</title>`,
    `<rect width="100%" height="100%" fill="#f4f5f5"/>`,
    text(8, 20, dashboard.title, '#111111', 'font-size="16" font-weight="bold"'),
    text(
      8,
      36,
      `${dashboard.description} ${Math.round(range.end - range.start)} seconds of a run.`,
      '#555555',
    ),
    ...panels.map((panel) => drawn(panel, range)),
    '</svg>',
    '',
  ].join('\n');
}

function drawn(panel: ShownPanel, range: Range): string {
  const { x, y, w, h } = panel.gridPos;
  const box = { x: x * COLUMN + 3, y: TOP + y * ROW + 3, width: w * COLUMN - 6, height: h * ROW - 6 };
  const title = text(box.x + 6, box.y + 13, panel.title, '#222222', 'font-weight="bold"');
  if (panel.type === 'row') return title;
  const inner = { x: box.x + 44, y: box.y + 20, width: box.width - 52, height: box.height - 48 };
  const content = panel.type === 'stat' ? stat(panel, box) : curves(panel, inner, range);
  return [
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" fill="#ffffff" stroke="#dddddd"/>`,
    title,
    panel.type === 'heatmap' ? heatmap(panel, inner, range) : content,
  ].join('\n');
}

const unitOf = (panel: Panel): string => panel.fieldConfig?.defaults.unit ?? 'short';

function stat(panel: ShownPanel, box: Box): string {
  const last = panel.shown[0]?.[0]?.points.at(-1)?.value;
  const figure = last === undefined ? '–' : figureText(last, unitOf(panel));
  return text(box.x + 8, box.y + box.height - 14, figure, '#0b6bcb', 'font-size="26"');
}

function curves(panel: ShownPanel, box: Box, range: Range): string {
  const named = panel.shown
    .flatMap((series, query) =>
      series.map(({ labels, points }) => ({
        points,
        peak: Math.max(...points.map(({ value }) => value)),
        name: nameOf(panel.targets![query]!.legendFormat, labels),
      })),
    )
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => b.peak - a.peak);
  const highest = Math.max(named[0]?.peak ?? 0, 1e-9);
  const x = (at: number) => box.x + ((at - range.start) / (range.end - range.start)) * box.width;
  const y = (value: number) => box.y + box.height - (Math.max(0, value) / highest) * box.height;
  const lines = named.map(({ points }, i) => {
    const path = points.map(({ at, value }) => `${x(at).toFixed(0)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.5"/>`;
  });
  const shown = named.slice(0, LEGEND_MAX);
  const legend = shown.map(({ name }, i) =>
    text(
      box.x + (i * box.width) / LEGEND_MAX,
      box.y + box.height + 22,
      shortened(name, box.width / LEGEND_MAX),
      COLOURS[i % COLOURS.length],
    ),
  );
  return [
    axes(box),
    text(box.x - 42, box.y + 8, figureText(highest, unitOf(panel))),
    ...lines,
    ...legend,
  ].join('\n');
}

/** A cell for each bucket and moment, the darker the more values fell into it. */
function heatmap(panel: ShownPanel, box: Box, range: Range): string {
  const buckets = [...panel.shown[0]!].sort((a, b) => boundOf(a) - boundOf(b));
  const counts = new Map<string, number>();
  for (const [i, { points }] of buckets.entries()) {
    const below = new Map(buckets[i - 1]?.points.map(({ at, value }) => [at, value]));
    for (const { at, value } of points) counts.set(`${i} ${at}`, Math.max(0, value - (below.get(at) ?? 0)));
  }
  const highest = Math.max(...counts.values(), 1e-9);
  const width = (box.width * range.stepSeconds) / (range.end - range.start);
  const height = box.height / buckets.length;
  const cells = [...counts].map(([key, count]) => {
    if (count === 0) return '';
    const [i, at] = key.split(' ').map(Number) as [number, number];
    const x = box.x + ((at - range.start) / (range.end - range.start)) * box.width;
    const y = box.y + box.height - (i + 1) * height;
    const opacity = (0.15 + (0.85 * count) / highest).toFixed(2);
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="#d95f02" opacity="${opacity}"/>`;
  });
  const bounds = [0, Math.floor(buckets.length / 2), buckets.length - 2].map((i) =>
    text(box.x - 42, box.y + box.height - i * height, `≤ ${figureText(boundOf(buckets[i]!), unitOf(panel))}`),
  );
  return [axes(box), ...bounds, ...cells.filter((cell) => cell !== '')].join('\n');
}

const boundOf = ({ labels }: Series): number =>
  labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);

function axes({ x, y, width, height }: Box): string {
  return `<path d="M${x} ${y}V${y + height}H${x + width}" fill="none" stroke="#999999"/>`;
}

function nameOf(legend: string, labels: Record<string, string>): string {
  return legend.replace(/\{\{(\w+)\}\}/g, (_all, label: string) => labels[label] ?? '');
}

/** About six pixels a letter. */
function shortened(name: string, width: number): string {
  const letters = Math.floor(width / 6);
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

function text(x: number, y: number, content: string, fill = '#444444', more = ''): string {
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" fill="${fill}" ${more}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
