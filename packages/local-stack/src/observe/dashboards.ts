import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';

/** As Grafana reads them, as far as it matters here. */
export interface Panel {
  title: string;
  type: 'timeseries' | 'stat' | 'heatmap' | 'row';
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat: string }[];
  fieldConfig?: { defaults: { unit?: string } };
}

export interface Dashboard {
  /** Of its file, without the ending. */
  name: string;
  title: string;
  description: string;
  templating: { list: { name: string; label: string; query: { query: string } }[] };
  panels: Panel[];
}

const FOLDER = join(repositoryRoot, 'grafana/dashboards');

export function readDashboards(): Dashboard[] {
  return readdirSync(FOLDER).map((file) => ({
    ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Omit<Dashboard, 'name'>),
    name: file.replace(/\.json$/, ''),
  }));
}

/** The query as Grafana sends it where all values of every variable are chosen. */
export function withoutVariables(expr: string, rateInterval: string): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replace(/\$\w+/g, '.*');
}

export interface Range {
  /** Seconds since 1970. */
  start: number;
  end: number;
  stepSeconds: number;
}

export interface Series {
  labels: Record<string, string>;
  /** Only where there is a number. */
  points: { at: number; value: number }[];
}

/** @throws with Prometheus' own words where it refuses the query */
export async function queryRange(prometheusUrl: string, expr: string, range: Range): Promise<Series[]> {
  const { start, end, stepSeconds } = range;
  const query = new URLSearchParams({
    query: expr,
    start: `${start}`,
    end: `${end}`,
    step: `${stepSeconds}`,
  });
  const answer = await fetch(`${prometheusUrl}/api/v1/query_range?${query}`);
  const body = (await answer.json()) as {
    status: string;
    error?: string;
    data?: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  if (body.status !== 'success') throw new Error(`${expr}: ${body.error}`);
  return body.data!.result.map(({ metric, values }) => ({
    labels: metric,
    points: values
      .map(([at, text]) => ({ at, value: Number(text) }))
      .filter(({ value }) => Number.isFinite(value)),
  }));
}

/** All that a panel shows: for each query its series. */
export function dataOf(
  panel: Panel,
  prometheusUrl: string,
  range: Range,
  rateInterval: string,
): Promise<Series[][]> {
  const queries = panel.targets ?? [];
  return Promise.all(
    queries.map(({ expr }) => queryRange(prometheusUrl, withoutVariables(expr, rateInterval), range)),
  );
}

/** Panels with a query that shows nothing, or that Prometheus refuses, by name. */
export async function emptyPanels(
  dashboards: readonly Dashboard[],
  prometheusUrl: string,
  range: Range,
  rateInterval: string,
): Promise<string[]> {
  const empty: string[] = [];
  for (const { name, panels } of dashboards) {
    for (const panel of panels.filter(({ type }) => type !== 'row')) {
      const shown = await dataOf(panel, prometheusUrl, range, rateInterval).catch((cause: Error) => cause);
      if (shown instanceof Error) empty.push(`${name}, ${panel.title}: ${shown.message}`);
      else if (shown.length === 0 || shown.some((series) => !series.some(({ points }) => points.length > 0)))
        empty.push(`${name}, ${panel.title}`);
    }
  }
  return empty;
}
