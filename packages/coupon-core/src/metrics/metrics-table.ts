import type { Registry } from 'prom-client';

interface Described {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** The library's own classes have none. */
  type?: string;
}

/** `coupon_…` of a registry as a table for people; the library's own metrics are documented there. */
function metricsTable(registry: Registry): string {
  const metrics = registry
    .getMetricsAsArray()
    .map((metric) => metric as unknown as Described)
    .filter(({ name }) => name.startsWith('coupon_'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = metrics.map(({ name, type = 'gauge', labelNames, help }) => [
    `\`${name}\``,
    type,
    labelNames.map((label) => `\`${label}\``).join(', ') || '–',
    unitOf(name),
    help,
  ]);
  return table([['Name', 'Type', 'Labels', 'Unit', 'Meaning'], ...rows]);
}

function unitOf(name: string): string {
  if (name.endsWith('_seconds')) return 's';
  if (name.endsWith('_ratio')) return '0 to 1';
  if (name.endsWith('_up')) return '0 or 1';
  if (name.endsWith('_state')) return '0, 1 or 2';
  return 'count';
}

/** Columns are as wide as their widest cell, as formatters of Markdown leave them. */
function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** Names and types of the table, as the text format declares them. */
export function typesOf(table: string): string[] {
  return [...table.matchAll(/^\| `(coupon_\w+)`\s*\| (\w+)/gm)]
    .map(([, name, type]) => `${name} ${type}`)
    .sort();
}

/** `docs/metrics.md` with the table of a process as its registry has it. */
export function withMetricsTable(document: string, process: string, registry: Registry): string {
  return document.replace(tableOf(process, document), () => metricsTable(registry));
}

/** The table below the heading of a process in `docs/metrics.md`. */
export function tableOf(process: string, document: string): string {
  return new RegExp(`^## ${process}\\n\\n((?:\\|.*\\n)+)`, 'm').exec(document)?.[1]?.trimEnd() ?? '';
}
