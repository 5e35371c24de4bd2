import type { FinalRow, Outcome } from './read-outcome.js';
import type { Testimony, Told } from './testimony.js';

export interface Expected {
  issued: number;
  /**
   * `EACH_ISSUED`: tickets are 1, 2, 3 … without a gap, each with a row, as it is where one gate lived through all
   * and nobody came by the other door. `UNIQUE`: no epoch gave a ticket twice.
   */
  tickets: 'EACH_ISSUED' | 'UNIQUE';
}

/** What is wrong with the outcome, taken together with what users were told. Pure. */
export function checkOutcome(outcome: Outcome, told: Testimony, expected: Expected): string[] {
  const { rows } = outcome;
  const issued = rows.filter((row) => row.status === 'ISSUED');
  return [
    ...checkTotals(outcome, issued.length, expected.issued),
    ...twice(
      'rows of user',
      rows.map((row) => row.userId),
    ),
    ...gaps(
      'issue number',
      issued.map((row) => row.issueNumber ?? 0),
    ),
    ...twice('tickets', rows.filter((row) => row.ticket !== null).map(ticketName)),
    ...(expected.tickets === 'EACH_ISSUED'
      ? gaps(
          'ticket',
          rows.map((row) => row.ticket ?? 0),
        )
      : []),
    ...checkPromises(rows, told),
    ...checkQuiet(outcome),
  ];
}

const ticketName = ({ epoch, ticket }: FinalRow): string => `${epoch}:${ticket}`;

function checkTotals({ total, issuedQuantity }: Outcome, issued: number, expected: number): string[] {
  const wrong: string[] = [];
  if (issued !== expected) wrong.push(`${issued} rows are ISSUED instead of ${expected}`);
  if (issued > total) wrong.push(`${issued} rows are ISSUED of a total of ${total}`);
  if (issuedQuantity !== issued) wrong.push(`the coupon counts ${issuedQuantity}, its rows are ${issued}`);
  return wrong;
}

function twice(what: string, names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size).map((name) => `${what} ${name}: twice`);
}

/** Whatever is missing from 1 … n, where n is how many there are. */
function gaps(what: string, numbers: readonly number[]): string[] {
  const present = new Set(numbers);
  return numbers
    .map((_, index) => index + 1)
    .filter((number) => !present.has(number))
    .map((number) => `${what} ${number} of ${numbers.length} is missing`);
}

function checkPromises(rows: readonly FinalRow[], told: Testimony): string[] {
  const rowOf = new Map(rows.map((row) => [row.userId, row]));
  const wrong = told.everybody.flatMap((userId) =>
    checkPromise(told.of(userId), rowOf.get(userId)).map((what) => `user ${userId} ${what}`),
  );
  for (const { userId } of rows) {
    if (!told.of(userId).accepted) wrong.push(`user ${userId} has a row and was never told of a claim`);
  }
  return wrong;
}

function checkPromise(told: Told, row: FinalRow | undefined): string[] {
  if (!row) return told.accepted ? ['was accepted and has no row'] : [];
  const wrong: string[] = [];
  const compare = <T>(what: string, heard: T | null, written: T | null) => {
    if (heard !== null && heard !== written)
      wrong.push(`was told ${what} ${heard}, and the row says ${written}`);
  };
  compare('status', told.final, row.status);
  compare('ticket', told.ticket, row.ticket);
  compare('issue number', told.issueNumber, row.issueNumber);
  compare('reason', told.reason, row.reason);
  if (row.status === 'REJECTED' && row.reason === null) wrong.push('was rejected without a reason');
  if (told.final === null && told.accepted) wrong.push('never learned how the claim ended');
  return wrong;
}

function checkQuiet({ total, issuedQuantity, hasGate, gate, queued, pending }: Outcome): string[] {
  const wrong: string[] = [];
  if (queued > 0) wrong.push(`${queued} entries are left in the queue`);
  if (pending > 0) wrong.push(`${pending} entries are pending`);
  if (!hasGate) return gate === null ? wrong : [...wrong, 'the gate knows a coupon that has none'];
  if (gate === null) return [...wrong, 'the gate does not know the coupon'];
  const left = total - issuedQuantity;
  if (gate.capacity - gate.admitted !== left)
    wrong.push(`the gate has ${gate.capacity - gate.admitted} left to give, the rows ${left}`);
  return wrong;
}
