import type { FinalRow } from './coupon-rows.js';

/** What one request was told. `sent` and `answered` are moments of one counter, to tell before from at the same time. */
export interface Told {
  user: string;
  sent: number;
  answered: number;
  answer:
    | { kind: 'ISSUED'; number: number }
    | { kind: 'ACCEPTED'; ticket: number }
    | { kind: 'REJECTED' }
    | { kind: 'CANCELLED'; number: number }
    | { kind: 'REFUSED'; code: string }
    | { kind: 'NO_ANSWER'; why: string };
}

/** Everything that can be seen of one coupon from outside, when nothing is on its way any more. */
export interface Evidence {
  total: number;
  /** What the coupon row says was issued, and of that given back. */
  counted: number;
  givenBack: number;
  rows: readonly FinalRow[];
  told: readonly Told[];
  /** What the gate may still give; null where the coupon has none. */
  offered: number | null;
}

/**
 * Counts again, from the rows and the answers alone, whether the promises were kept (`docs/invariants.md`). It knows
 * nothing of how the product decides; one sentence a violation, which begins with the invariant's number.
 */
export function violationsOf(evidence: Evidence): string[] {
  return [...violationsInRows(evidence), ...violationsInAnswers(evidence), ...violationsAtTheEnd(evidence)];
}

const issuedOf = ({ rows }: Evidence) => rows.filter(({ status }) => status === 'ISSUED');
const cancelledOf = ({ rows }: Evidence) => rows.filter(({ lifecycle }) => lifecycle === 'CANCELLED');
const liveOf = (evidence: Evidence) => issuedOf(evidence).length - cancelledOf(evidence).length;

function* violationsInRows(evidence: Evidence): Generator<string> {
  const issued = issuedOf(evidence);
  const [live, cancelled] = [liveOf(evidence), cancelledOf(evidence).length];
  if (live > evidence.total) yield `I1: ${live} in people's hands, of ${evidence.total}`;
  if (issued.length !== evidence.counted) yield `I1: ${evidence.counted} counted, ${issued.length} rows`;
  if (cancelled !== evidence.givenBack) yield `I12: ${evidence.givenBack} given back, ${cancelled} cancelled`;
  for (const user of repeated(evidence.rows.map((row) => row.user))) yield `I2: ${user} has two rows`;
  const numbers = issued.map(({ number }) => number ?? 0).sort((a, b) => a - b);
  if (numbers.some((number, i) => number !== i + 1)) yield `I11: the numbers are ${numbers.join(' ')}`;
}

function* violationsInAnswers(evidence: Evidence): Generator<string> {
  const rows = new Map(evidence.rows.map((row) => [row.user, row]));
  const holders = new Map<number, string>();
  const promised = new Map<string, number>();
  for (const { user, answered, answer } of evidence.told) {
    const row = rows.get(user);
    if (answer.kind === 'ACCEPTED' || answer.kind === 'ISSUED') {
      promised.set(user, Math.min(answered, promised.get(user) ?? answered));
    }
    if (answer.kind === 'ACCEPTED') {
      if (!row) yield `I3: the claim of ${user} came to nothing`;
      if ((holders.get(answer.ticket) ?? user) !== user) yield `I11: ticket ${answer.ticket} was given twice`;
      holders.set(answer.ticket, user);
    }
    const isNumbered = answer.kind === 'ISSUED' || answer.kind === 'CANCELLED';
    if (isNumbered && row?.number !== answer.number) {
      yield `I5: ${user} was told ${answer.number}, and the row says ${row?.number ?? 'nothing'}`;
    }
    if (answer.kind === 'CANCELLED' && row?.lifecycle !== 'CANCELLED') yield `I5: ${user} was told CANCELLED`;
    if (answer.kind === 'REJECTED' && row?.status !== 'REJECTED') yield `I5: ${user} was told REJECTED`;
  }
  for (const { user } of issuedOf(evidence)) if (!promised.has(user)) yield `I4: ${user} never asked`;
  for (const { user, sent, answer } of evidence.told) {
    const refusedAfterwards = answer.kind === 'REFUSED' && (promised.get(user) ?? sent) < sent;
    if (refusedAfterwards) yield `I5: ${user} was refused (${answer.code}) after a promise`;
  }
}

function* violationsAtTheEnd(evidence: Evidence): Generator<string> {
  const left = evidence.total - liveOf(evidence);
  const last = evidence.told.findLast(
    ({ answer }) => answer.kind === 'REFUSED' && answer.code === 'SOLD_OUT',
  );
  if (last && left > 0) yield `I6: ${last.user} was refused, and ${left} units were never sold`;
  if (evidence.offered !== null && evidence.offered !== left) {
    yield `I7: the gate offers ${evidence.offered}, and ${left} are left`;
  }
}

function repeated(values: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(values.filter((value) => seen.has(value) || !seen.add(value)));
}
