const ANSWER_MS_MAX = 5_000;
const MICROS_PER_SECOND = 1_000_000;

/** CPU time that a process has used, by the Prometheus figure that it publishes; NaN where it publishes none. */
export async function readProcessCpuMicros(origin: string | URL): Promise<number> {
  try {
    const response = await fetch(new URL('/metrics', origin), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    const seconds = /^process_cpu_seconds_total(?:\{[^}]*\})? (\S+)/m.exec(await response.text());
    return seconds ? Number(seconds[1]) * MICROS_PER_SECOND : Number.NaN;
  } catch {
    // The figure is for reading; the rush does not fail for want of it.
    return Number.NaN;
  }
}
