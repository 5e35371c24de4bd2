import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';

/** What a metric is called, and what it says. The name ends with its unit. */
export interface MetricSpec {
  name: string;
  help: string;
  labelNames?: readonly string[];
}

type Labels = Record<string, string>;
type Value = MetricValue<string> & { metricName?: string };

/**
 * A metric that is counted in plain numbers, one child for each combination of label values. Prometheus' library looks
 * its children up at each observation, by a text that it makes of their labels; a hot path keeps its child and adds to
 * it, and the library reads the numbers when somebody looks.
 */
export abstract class PlainMetric<Child> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  abstract readonly type: 'counter' | 'gauge' | 'histogram';
  private readonly children = new Map<string, { labels: Labels; child: Child }>();

  constructor({ name, help, labelNames = [] }: MetricSpec) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
  }

  /** The child of these label values, in the order of the names; made with zeroes where there is none. */
  of(...values: string[]): Child {
    const key = values.join('\n');
    const known = this.children.get(key);
    if (known) return known.child;
    const labels = Object.fromEntries(this.labelNames.map((name, i) => [name, values[i]!]));
    const child = this.newChild();
    this.children.set(key, { labels, child });
    return child;
  }

  /** As the library's registry asks for it. */
  async get(): Promise<MetricObjectWithValues<Value>> {
    const values = [...this.children.values()].flatMap(({ labels, child }) => this.valuesOf(child, labels));
    const { name, help, type } = this;
    return { name, help, type, aggregator: 'sum', values } as unknown as MetricObjectWithValues<Value>;
  }

  protected abstract newChild(): Child;
  protected abstract valuesOf(child: Child, labels: Labels): Value[];
}

/** One number that only rises. */
export class Count {
  value = 0;

  add(times = 1): void {
    this.value += times;
  }
}

/** The name ends with `_total`. */
export class PlainCounter extends PlainMetric<Count> {
  override readonly type = 'counter';

  protected newChild(): Count {
    return new Count();
  }

  protected valuesOf({ value }: Count, labels: Labels): Value[] {
    return [{ value, labels }];
  }
}

/** One number that rises and falls; null: nobody knows it now, so it is left out. */
export class Level {
  value: number | null = null;
}

export class PlainGauge extends PlainMetric<Level> {
  override readonly type = 'gauge';

  protected newChild(): Level {
    return new Level();
  }

  protected valuesOf({ value }: Level, labels: Labels): Value[] {
    return value === null ? [] : [{ value, labels }];
  }
}

/** How many values were at most as large as each bound. */
export class Tally {
  readonly counts: number[];
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  /** How many values there were. */
  get count(): number {
    return this.counts.reduce((sum, ofBucket) => sum + ofBucket, 0);
  }

  observe(value: number, times = 1): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket += 1;
    this.counts[bucket]! += times;
    this.sum += value * times;
  }
}

/** Observes how long the call takes, seconds, however it ends. */
export async function measured<T>(seconds: Tally, call: () => Promise<T>): Promise<T> {
  const begunAt = performance.now();
  try {
    return await call();
  } finally {
    seconds.observe((performance.now() - begunAt) / 1_000);
  }
}

/** A histogram; `bounds` rise. */
export class Distribution extends PlainMetric<Tally> {
  override readonly type = 'histogram';

  constructor(
    spec: MetricSpec,
    private readonly bounds: readonly number[],
  ) {
    super(spec);
  }

  protected newChild(): Tally {
    return new Tally(this.bounds);
  }

  protected valuesOf({ counts, sum }: Tally, labels: Labels): Value[] {
    let count = 0;
    const buckets = counts.map((ofBucket, i): Value => {
      count += ofBucket;
      const le = this.bounds[i] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, value: count, labels: { ...labels, le } };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, value: sum, labels },
      { metricName: `${this.name}_count`, value: count, labels },
    ];
  }
}

/** From a tenth of a millisecond, what a call in memory takes, to what nobody waits for any more. */
export const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5,
];

/** The type of the library knows its own classes only; its registry asks for a name and `get`. */
export function registerMetrics(registry: Registry, metrics: readonly PlainMetric<unknown>[]): void {
  for (const metric of metrics) registry.registerMetric(metric as never);
}
