import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Combiner, CombinerBusy, type CombinerLimits } from './combiner.js';

interface Run {
  key: string;
  members: number[];
  /** Answers every member with its tenfold. */
  finish(): Promise<void>;
  fail(cause: Error): Promise<void>;
}

/** A combiner whose calls end when the test says so. */
function aCombiner(given: Partial<CombinerLimits> = {}) {
  const limits = { membersMax: 3, inFlightMax: 1, pendingMax: 100, deadlineMs: 1_000, ...given };
  const runs: Run[] = [];
  const combiner = new Combiner<string, number, number>(
    limits,
    (key, members) =>
      new Promise((resolve, reject) => {
        const finish = () => tick(resolve(members.map((member) => member * 10)));
        const fail = (cause: Error) => tick(reject(cause));
        runs.push({ key, members, finish, fail });
      }),
  );
  const submitAll = (key: string, members: number[]) => members.map((member) => combiner.submit(key, member));
  return { combiner, runs, submitAll };
}

const membersOf = (runs: readonly Run[]) => runs.map(({ members }) => members);
/** How many keys it still remembers. */
const keysOf = (combiner: object): number => (Reflect.get(combiner, 'lines') as Map<string, unknown>).size;
const busy = (reason: CombinerBusy['reason']) => expect.objectContaining({ name: 'CombinerBusy', reason });

async function finishAll(runs: Run[]): Promise<void> {
  for (let i = 0; i < runs.length; i += 1) await runs[i]!.finish();
}

describe('the combiner', () => {
  it('makes one call of what arrives in one tick, and answers each its own', async () => {
    const { runs, submitAll } = aCombiner();
    const answers = submitAll('a', [1, 2, 3]);
    await tick();
    expect(membersOf(runs)).toEqual([[1, 2, 3]]);
    await finishAll(runs);
    await expect(Promise.all(answers)).resolves.toEqual([10, 20, 30]);
  });

  it('waits for nobody: one member alone leaves at the end of its tick', async () => {
    const { combiner, runs } = aCombiner();
    const answer = combiner.submit('a', 7);
    await tick();
    await finishAll(runs);
    await expect(answer).resolves.toBe(70);
  });

  it('cuts batches at membersMax, one after the other in the order of arrival', async () => {
    const { runs, submitAll } = aCombiner();
    const answers = submitAll('a', [1, 2, 3, 4, 5, 6, 7]);
    await tick();
    expect(membersOf(runs)).toEqual([[1, 2, 3]]);
    await finishAll(runs);
    expect(membersOf(runs)).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    await expect(Promise.all(answers)).resolves.toEqual([10, 20, 30, 40, 50, 60, 70]);
  });

  it('makes the next batch of whatever arrives while one is in flight', async () => {
    const { runs, submitAll } = aCombiner({ membersMax: 10 });
    const first = submitAll('a', [1]);
    await tick();
    const second = [...submitAll('a', [2]), ...submitAll('a', [3])];
    await tick();
    expect(membersOf(runs)).toEqual([[1]]);
    await finishAll(runs);
    expect(membersOf(runs)).toEqual([[1], [2, 3]]);
    await Promise.all([...first, ...second]);
  });

  it('keeps keys apart: one waits for itself only', async () => {
    const { runs, submitAll } = aCombiner();
    const answers = [...submitAll('a', [1]), ...submitAll('b', [2])];
    await tick();
    expect(runs.map(({ key, members }) => [key, members])).toEqual([
      ['a', [1]],
      ['b', [2]],
    ]);
    await finishAll(runs);
    await Promise.all(answers);
  });

  it('has as many calls of one key in flight as it may, and no more', async () => {
    const { runs, submitAll } = aCombiner({ membersMax: 1, inFlightMax: 2 });
    const answers = submitAll('a', [1, 2, 3]);
    await tick();
    expect(membersOf(runs)).toEqual([[1], [2]]);
    await runs[1]!.finish();
    expect(membersOf(runs)).toEqual([[1], [2], [3]]);
    await finishAll(runs);
    await Promise.all(answers);
  });

  it('gives the failure of a call to all its members, and goes on with the next', async () => {
    const { runs, submitAll } = aCombiner();
    const outcomes = Promise.allSettled(submitAll('a', [1, 2, 3, 4]));
    await tick();
    const cause = new Error('no answer');
    await runs[0]!.fail(cause);
    await runs[1]!.finish();
    await expect(outcomes).resolves.toEqual([
      ...[1, 2, 3].map(() => ({ status: 'rejected', reason: cause })),
      { status: 'fulfilled', value: 40 },
    ]);
  });

  it('forgets a key once nothing of it is left, also after a failure', async () => {
    const { combiner, runs, submitAll } = aCombiner();
    const outcomes = Promise.allSettled([...submitAll('a', [1, 2, 3, 4]), ...submitAll('b', [5])]);
    await tick();
    expect(keysOf(combiner)).toBe(2);
    await runs[1]!.fail(new Error('no answer'));
    await runs[0]!.finish();
    await runs[2]!.finish();
    await outcomes;
    expect(keysOf(combiner)).toBe(0);
  });
});

describe('the bound of the combiner', () => {
  it('counts those who wait and those under way, over all keys, and frees their places', async () => {
    const { combiner, runs, submitAll } = aCombiner({ membersMax: 1, pendingMax: 3 });
    const answers = [...submitAll('a', [1, 2]), ...submitAll('b', [3])];
    await tick();
    await expect(combiner.submit('c', 4)).rejects.toEqual(busy('QUEUE_FULL'));
    await runs[0]!.finish();
    answers.push(combiner.submit('c', 5));
    await expect(combiner.submit('c', 6)).rejects.toEqual(busy('QUEUE_FULL'));
    await tick();
    await finishAll(runs);
    await Promise.all(answers);
  });
});

describe('the deadline of the combiner', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  /** Only the check of deadlines runs on the test's clock; batches leave at the end of the tick as ever. */
  const onTestClock = () => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });

  it('answers those who wait, and they are not sent any more', async () => {
    onTestClock();
    const { runs, submitAll } = aCombiner({ membersMax: 1, deadlineMs: 1_000, pendingMax: 3 });
    const early = Promise.allSettled(submitAll('a', [1, 2]));
    await tick();
    jest.advanceTimersByTime(700);
    const [late] = submitAll('a', [3]);
    jest.advanceTimersByTime(500);
    await runs[0]!.finish();
    const [inFlight, waiting] = await early;
    expect(inFlight).toEqual({ status: 'rejected', reason: busy('DEADLINE_PASSED') });
    expect(waiting).toEqual({ status: 'rejected', reason: busy('DEADLINE_PASSED') });
    expect(membersOf(runs)).toEqual([[1], [3]]);
    await runs[1]!.finish();
    await expect(late).resolves.toBe(30);
  });

  it('answers those under way too, whose place is free only when their call has ended', async () => {
    onTestClock();
    const { combiner, runs } = aCombiner({ pendingMax: 1, deadlineMs: 1_000 });
    const answer = combiner.submit('a', 1);
    await tick();
    jest.advanceTimersByTime(1_200);
    await expect(answer).rejects.toEqual(busy('DEADLINE_PASSED'));
    await expect(combiner.submit('a', 2)).rejects.toEqual(busy('QUEUE_FULL'));
    await runs[0]!.finish();
    const next = combiner.submit('a', 3);
    await tick();
    await runs[1]!.finish();
    await expect(next).resolves.toBe(30);
    expect(keysOf(combiner)).toBe(0);
  });

  it('keeps one call in flight also when everybody was overdue before their batch could leave', async () => {
    onTestClock();
    const { combiner, runs } = aCombiner({ deadlineMs: 1_000 });
    const overdue = combiner.submit('a', 1);
    // The event loop was held up for so long that the check of deadlines came before the end of the tick.
    jest.advanceTimersByTime(1_200);
    const answers = [combiner.submit('a', 2)];
    await expect(overdue).rejects.toEqual(busy('DEADLINE_PASSED'));
    await tick();
    answers.push(combiner.submit('a', 3));
    await tick();
    expect(membersOf(runs)).toEqual([[2]]);
    await finishAll(runs);
    await Promise.all(answers);
  });
});

describe('closing the combiner', () => {
  it('takes nothing more, and returns when everything submitted has been answered', async () => {
    const { combiner, runs, submitAll } = aCombiner({ membersMax: 1 });
    const answers = submitAll('a', [1, 2]);
    let closed = false;
    const closing = combiner.close().then(() => {
      closed = true;
    });
    await expect(combiner.submit('b', 3)).rejects.toEqual(busy('SHUTTING_DOWN'));
    await tick();
    await runs[0]!.finish();
    expect(closed).toBe(false);
    await runs[1]!.finish();
    await closing;
    await expect(Promise.all(answers)).resolves.toEqual([10, 20]);
  });

  it('returns at once where nothing is under way', async () => {
    await aCombiner().combiner.close();
  });
});
