export const GROWTH_NAMES = ['growth-rows', 'growth-coupons', 'growth-users'] as const;

/** What is measured where nothing is asked for; each measures one or several figures. */
export const USUAL_NAMES = [
  // First, since ten times the rows of all other measurements would be too many.
  ...GROWTH_NAMES,
  'v2-admit',
  'v2-win',
  'v2-refuse',
  'v1',
  'drain',
  'memory',
  'latency',
  'cache',
] as const;

/** What can be asked for by name. */
export const MEASUREMENT_NAMES = [
  ...USUAL_NAMES,
  'million',
  'rebuild',
  'soak',
  'queue',
  'metrics-cost',
] as const;
export type MeasurementName = (typeof MEASUREMENT_NAMES)[number];

export interface Target {
  /** Whether the ratio to the baseline is aimed at, or the figure itself. */
  of: 'ratio' | 'ours';
  bound: 'atLeast' | 'atMost';
  value: number;
}

export interface FigureDefinition {
  unit: string;
  baseline: string;
  better: 'higher' | 'lower';
  /** null: the figure is there to be read beside the others. */
  target: Target | null;
}

const BARE_ROUTE = 'bare Fastify route';

const ratioAtLeast = (value: number): Target => ({ of: 'ratio', bound: 'atLeast', value });
const ratioAtMost = (value: number): Target => ({ of: 'ratio', bound: 'atMost', value });

const rate = (baseline: string, target: Target | null): FigureDefinition => ({
  unit: 'req/s',
  baseline,
  better: 'higher',
  target,
});

const cpu = (target: Target | null): FigureDefinition => ({
  unit: 'CPU µs/req',
  baseline: BARE_ROUTE,
  better: 'lower',
  target,
});

const growth = (baseline: string): FigureDefinition => rate(baseline, ratioAtLeast(0.9));

/** A process that has grown by no more than this in the second half of a soak counts as flat. */
export const FLAT_AT_MOST = 1.1;

const soak = (baseline: string): FigureDefinition => ({
  unit: 'MiB',
  baseline,
  better: 'lower',
  target: ratioAtMost(FLAT_AT_MOST),
});

export const FIGURES = {
  'growth-rows': growth('V1 beside a tenth of the rows'),
  'growth-coupons': growth('V2 over a tenth of the coupons'),
  'growth-users': growth('V2 with a tenth of the users'),
  'v2-admit': rate(BARE_ROUTE, ratioAtLeast(0.85)),
  'v2-admit-cpu': cpu(ratioAtMost(1.2)),
  'v2-admit-script': rate('one EVALSHA per request', null),
  'v2-win': rate(BARE_ROUTE, ratioAtLeast(0.6)),
  // Redis also serves the consumer here, so this is more than the cost of a request.
  'v2-win-cpu': cpu(null),
  'v2-refuse': rate(BARE_ROUTE, ratioAtLeast(0.95)),
  'v2-refuse-cpu': cpu(ratioAtMost(1.2)),
  v1: rate('one row lock per request', ratioAtLeast(10)),
  'v1-both': rate('one row lock per request', null),
  // What bounds the two above: a machine that answers nothing ten times as fast as it locks a row cannot meet it.
  'v1-bare': rate(BARE_ROUTE, null),
  drain: {
    unit: 'rows/s',
    baseline: 'raw batch INSERT',
    better: 'higher',
    target: ratioAtLeast(0.7),
  },
  'queue-win': rate('the same through the stream', ratioAtLeast(0.5)),
  'queue-drain': {
    unit: 'rows/s',
    baseline: 'the same from the stream',
    better: 'higher',
    target: ratioAtLeast(0.5),
  },
  'queue-admission': rate('the same at the gate', null),
  memory: {
    unit: 'bytes/user',
    baseline: 'one SET per user',
    better: 'lower',
    target: { of: 'ours', bound: 'atMost', value: 16 },
  },
  million: {
    unit: 'decisions/s',
    baseline: BARE_ROUTE,
    better: 'higher',
    target: { of: 'ours', bound: 'atLeast', value: 30_000 },
  },
  rebuild: {
    unit: 'issues/s',
    baseline: 'one SET per user, pipelined',
    better: 'higher',
    target: { of: 'ours', bound: 'atLeast', value: 100_000 },
  },
  // It does not grow with the issues: a page of rows, a page of survivors, and what the driver has in flight.
  'rebuild-memory': { unit: 'MiB', baseline: 'before', better: 'lower', target: null },
  'soak-api': soak('at half time'),
  'soak-consumer': soak('at half time'),
  'soak-redis': soak('at half time + 16 bytes/user'),
  'soak-mysql': soak('at half time + pages read'),
  'soak-user': {
    unit: 'bytes/user',
    baseline: 'in the first half',
    better: 'lower',
    target: { of: 'ours', bound: 'atMost', value: 16 },
  },
  'latency-answer': {
    unit: 'ms, p99',
    baseline: BARE_ROUTE,
    better: 'lower',
    target: null,
  },
  'latency-persisted': {
    unit: 'ms, p99',
    baseline: 'commit of one INSERT',
    better: 'lower',
    target: { of: 'ours', bound: 'atMost', value: 100 },
  },
  cache: rate('bare Fastify route that reads', null),
  'metrics-cost': {
    unit: 'CPU µs/req',
    baseline: 'all of the request',
    better: 'lower',
    target: ratioAtMost(0.03),
  },
  // By turns, and within what the machine does to a round.
  'metrics-on': { unit: 'CPU µs/req', baseline: 'recording nothing', better: 'lower', target: null },
  'cache-hits': {
    unit: '% of reads',
    baseline: 'every read',
    better: 'higher',
    target: { of: 'ours', bound: 'atLeast', value: 99 },
  },
} as const satisfies Record<string, FigureDefinition>;

export type FigureName = keyof typeof FIGURES;

/** Widened, so that every figure can be treated alike. */
export const definitionOf = (name: FigureName): FigureDefinition => FIGURES[name];

export function isMet(target: Target, values: { ours: number; ratio: number }): boolean {
  const value = values[target.of];
  return target.bound === 'atLeast' ? value >= target.value : value <= target.value;
}
