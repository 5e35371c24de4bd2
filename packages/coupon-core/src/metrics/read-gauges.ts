import { Gauge, type Registry } from 'prom-client';

/** Longer than asking for health takes, shorter than Prometheus waits: a server that is away must not cost all metrics. */
const READ_MS_MAX = 2_500;

export interface GaugeOf<Reading> {
  name: string;
  help: string;
  labelNames?: readonly string[];
  /** Label values by name, and the value. */
  values(reading: Reading): Iterable<readonly [labels: Record<string, string>, value: number]>;
}

/**
 * Gauges that show one reading, taken when somebody looks. Where it fails, or takes too long, they have no value: an
 * old one would look like the present.
 */
export function readGauges<Reading>(
  registry: Registry,
  read: () => Promise<Reading> | Reading,
  gauges: readonly GaugeOf<Reading>[],
): void {
  let underWay: Promise<Reading | null> | null = null;
  // The registry asks all gauges at the same moment, so they share the reading under way.
  const share = () => {
    underWay ??= inTime(async () => read()).finally(() => {
      underWay = null;
    });
    return underWay;
  };
  for (const { name, help, labelNames = [], values } of gauges) {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const reading = await share();
        this.reset();
        // Without labels a gauge that is reset says 0.
        if (labelNames.length === 0) this.remove();
        if (reading === null) return;
        for (const [labels, value] of values(reading)) this.set(labels, value);
      },
    });
  }
}

async function inTime<T>(read: () => Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), READ_MS_MAX);
  });
  return Promise.race([read().catch(() => null), late]).finally(() => clearTimeout(timer));
}
