import { expect, it } from '@jest/globals';
import { recordedIn, recordedSince } from './recorded.js';

const METRICS = `# TYPE coupon_issuance_answers_total counter
coupon_issuance_answers_total{version="2",outcome="claim"} 3
coupon_issuance_answers_total{version="2",outcome="sold_out"} 4
coupon_lease_refusals_total 2
# TYPE coupon_batch_members histogram
coupon_batch_members_bucket{batch="claim",le="1"} 5
coupon_batch_members_sum{batch="claim"} 60
coupon_batch_members_count{batch="claim"} 6
coupon_dependency_up{dependency="gate"} 1
process_cpu_seconds_total 7
nodejs_gc_duration_seconds_count{kind="minor"} 8
`;

it('counts what a process has recorded in metrics of its own: counters and histograms, no gauge', () => {
  const recorded = recordedIn(METRICS);
  expect(recorded).toEqual({ counts: 9, observations: 6, answers: 7 });
  expect(recordedSince({ counts: 4, observations: 6, answers: 1 }, recorded)).toEqual({
    counts: 5,
    observations: 0,
    answers: 6,
  });
});
