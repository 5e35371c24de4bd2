const ANSWER_MS_MAX = 5_000;

/** What a process has recorded in metrics of its own so far. */
export interface Recorded {
  /** Added to counters. */
  counts: number;
  /** Values of histograms. */
  observations: number;
  /** Answers to requests for a coupon. */
  answers: number;
}

/** By the figures that it publishes. */
export async function readRecorded(origin: string | URL): Promise<Recorded> {
  const answer = await fetch(new URL('/metrics', origin), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  return recordedIn(await answer.text());
}

export function recordedIn(metrics: string): Recorded {
  const sum = (name: RegExp) =>
    [...metrics.matchAll(/^(coupon_\w+)(?:\{[^}]*\})? (\S+)$/gm)]
      .filter(([, metric]) => name.test(metric!))
      .reduce((total, [, , value]) => total + Number(value), 0);
  return {
    counts: sum(/_total$/),
    observations: sum(/_count$/),
    answers: sum(/^coupon_issuance_answers_total$/),
  };
}

export function recordedSince(before: Recorded, after: Recorded): Recorded {
  return {
    counts: after.counts - before.counts,
    observations: after.observations - before.observations,
    answers: after.answers - before.answers,
  };
}
