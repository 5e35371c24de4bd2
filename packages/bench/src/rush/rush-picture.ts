import { DOORS } from './doors.js';
import { figure } from './number-format.js';
import type { RushRun } from './run-rush.js';
import type { CurvePoint } from './rush-curve.js';

const WIDTH = 860;
const PANEL = { left: 70, width: 760, height: 180, gap: 60, top: 50 };
const COLOURS = ['#888888', '#0b6bcb', '#c2410c'];

interface Series {
  title: string;
  colour: string;
  curve: CurvePoint[];
}

type Figure = (point: CurvePoint) => number;

/** Rate and latency over one rush as an SVG image: the bare route and each door, above each other on one time axis. */
export function rushPicture({ bareCurve, doors, seed }: RushRun): string {
  const curves = [
    { title: 'bare route', curve: bareCurve },
    ...doors.map(({ door, curve }) => ({ title: DOORS[door].title, curve })),
  ];
  const series = curves.map((one, index): Series => ({ ...one, colour: COLOURS[index]! }));
  const endMs = Math.max(...series.map(({ curve }) => curve.at(-1)!.atMs));
  const panels = [
    panel('answers per second', 0, series, endMs, (point) => point.answersPerSecond),
    panel('latency, p50, ms', 1, series, endMs, (point) => point.p50Ms),
    panel('latency, p99, ms', 2, series, endMs, (point) => point.p99Ms),
  ];
  const height = PANEL.top + panels.length * (PANEL.height + PANEL.gap);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    '<title>Rate and latency over one rush</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(
      PANEL.left,
      20,
      `One rush (seed ${seed}), one after the other: ${series.map(({ title }) => title).join(', ')}`,
    ),
    ...series.map(({ title, colour }, index) => text(PANEL.left + index * 110, 38, `— ${title}`, colour)),
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panel(title: string, place: number, series: readonly Series[], endMs: number, of: Figure): string {
  const top = PANEL.top + place * (PANEL.height + PANEL.gap) + 20;
  const bottom = top + PANEL.height;
  const known = series.flatMap(({ curve }) => curve.map(of)).filter(Number.isFinite);
  const highest = Math.max(...known, 1);
  const x = (point: CurvePoint) => PANEL.left + (point.atMs / endMs) * PANEL.width;
  const y = (point: CurvePoint) => bottom - (of(point) / highest) * PANEL.height;
  const lines = series.map(({ curve, colour }) => {
    const points = curve.filter((point) => Number.isFinite(of(point)));
    const path = points.map((point) => `${x(point).toFixed(1)},${y(point).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  });
  return [
    `<path d="M${PANEL.left} ${top}V${bottom}H${PANEL.left + PANEL.width}" fill="none" stroke="#444444"/>`,
    text(PANEL.left + 6, top + 12, title),
    text(8, top + 8, figure(highest)),
    text(8, bottom, '0'),
    text(PANEL.left + PANEL.width - 60, bottom + 16, `${figure(endMs / 1_000)} s`),
    ...lines,
  ].join('\n');
}

const text = (x: number, y: number, content: string, fill = '#222222'): string =>
  `<text x="${x}" y="${y}" fill="${fill}">${content}</text>`;
