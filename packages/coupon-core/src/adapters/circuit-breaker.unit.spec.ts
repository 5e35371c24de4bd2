import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { breakerStates, breakerTransitions } from '../metrics/process-metrics.js';
import { CircuitBreaker } from './circuit-breaker.js';

class Away extends Error {}
class Refused extends Error {}
class LeftAlone extends Error {
  constructor(readonly retryAfterMs: number) {
    super();
  }
}

const LIMITS = { window: 10, failureRate: 0.5, openMs: 30_000, probes: 5 };

describe('CircuitBreaker', () => {
  let breaker: CircuitBreaker;
  let probes: number;
  /** What the server answers to a probe. */
  let onProbe: () => Promise<void>;

  beforeEach(() => {
    jest.useFakeTimers();
    probes = 0;
    onProbe = async () => undefined;
    breaker = new CircuitBreaker(
      {
        target: 'broker',
        isFault: (cause) => cause instanceof Away,
        probe: () => {
          probes += 1;
          return onProbe();
        },
        refusal: (retryAfterMs) => new LeftAlone(retryAfterMs),
      },
      LIMITS,
    );
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const answer = () => breaker.run(async () => 'answer');
  const fail = (cause: Error) => breaker.run(() => Promise.reject(cause)).catch((thrown) => thrown);
  const times = async (n: number, call: () => Promise<unknown>) => {
    for (let i = 0; i < n; i += 1) await call();
  };
  const open = () => times(LIMITS.window, () => fail(new Away()));

  it('hands over what a call answers or throws', async () => {
    expect(await answer()).toBe('answer');
    const cause = new Away();
    expect(await fail(cause)).toBe(cause);
  });

  it.each([
    ['opens at the rate', 5, 5, 'OPEN'],
    ['stays closed below it', 6, 4, 'CLOSED'],
    ['judges only when so many calls have ended', 0, 9, 'CLOSED'],
    ['forgets what came before the latest', 10, 5, 'OPEN'],
  ])('%s: %i answers, then %i faults: %s', async (_what, answers, faults, state) => {
    await times(answers, answer);
    await times(faults, () => fail(new Away()));
    expect(breaker.state).toBe(state);
  });

  it('does not count what the server refuses', async () => {
    await times(100, () => fail(new Refused()));
    expect(breaker.state).toBe('CLOSED');
    await times(9, () => fail(new Away()));
    expect(breaker.state).toBe('CLOSED');
  });

  it('refuses at once while it is open, and says for how long', async () => {
    await open();
    await jest.advanceTimersByTimeAsync(10_000);
    let called = false;
    const refusal = await breaker
      .run(async () => {
        called = true;
      })
      .catch((thrown) => thrown);
    expect([called, refusal]).toEqual([false, new LeftAlone(20_000)]);
    expect(refusal.retryAfterMs).toBe(20_000);
  });

  it('asks the server itself when the time is over, and closes when it has answered often enough', async () => {
    await open();
    await jest.advanceTimersByTimeAsync(LIMITS.openMs - 1);
    expect(probes).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect([probes, breaker.state, await answer()]).toEqual([LIMITS.probes, 'CLOSED', 'answer']);
    // The faults of before are forgotten.
    await times(LIMITS.window - 2, () => fail(new Away()));
    expect(breaker.state).toBe('CLOSED');
  });

  it('risks nobody while it is half-open, and opens again where one probe finds nobody', async () => {
    await open();
    let lastAnswers: (cause: Error) => void = () => undefined;
    onProbe = () =>
      probes < LIMITS.probes ? Promise.resolve() : new Promise((_, reject) => (lastAnswers = reject));
    await jest.advanceTimersByTimeAsync(LIMITS.openMs);
    expect([breaker.state, probes]).toEqual(['HALF_OPEN', LIMITS.probes]);
    expect(await answer().catch((thrown) => thrown)).toEqual(new LeftAlone(0));
    lastAnswers(new Away());
    await jest.advanceTimersByTimeAsync(10_000);
    expect(breaker.state).toBe('OPEN');
    expect((await fail(new Away())).retryAfterMs).toBe(20_000);
  });

  it('takes a refused probe for an answer', async () => {
    await open();
    onProbe = () => Promise.reject(new Refused());
    await jest.advanceTimersByTimeAsync(LIMITS.openMs);
    expect(breaker.state).toBe('CLOSED');
  });

  it('may be told to look before its time, and then does not look again at its time', async () => {
    await breaker.probe();
    expect(probes).toBe(0);
    await open();
    await breaker.probe();
    expect([probes, breaker.state]).toEqual([LIMITS.probes, 'CLOSED']);
    await jest.advanceTimersByTimeAsync(2 * LIMITS.openMs);
    expect(probes).toBe(LIMITS.probes);
  });

  it('does not judge by calls that began before it opened', async () => {
    const late: ((cause: Error) => void)[] = [];
    const begun = Array.from({ length: LIMITS.window }, () =>
      breaker.run(() => new Promise((_, reject) => late.push(reject))).catch(() => undefined),
    );
    await open();
    await jest.advanceTimersByTimeAsync(LIMITS.openMs);
    for (const reject of late) reject(new Away());
    await Promise.all(begun);
    expect(breaker.state).toBe('CLOSED');
  });

  it('shows its state and counts its changes', async () => {
    const opened = breakerTransitions.of('broker', 'open').value;
    const level = breakerStates.of('broker');
    const levels = [level.value];
    await open();
    levels.push(level.value);
    onProbe = () => new Promise(() => undefined);
    await jest.advanceTimersByTimeAsync(LIMITS.openMs);
    levels.push(level.value);
    expect([levels, breakerTransitions.of('broker', 'open').value - opened]).toEqual([[0, 2, 1], 1]);
  });

  it('counts from 0, before anything has happened', async () => {
    new CircuitBreaker(
      { target: 'gate', isFault: () => true, probe: async () => undefined, refusal: () => new Error() },
      LIMITS,
    );
    const { values } = await breakerTransitions.get();
    const ofGate = values.filter(({ labels }) => labels.target === 'gate');
    expect(ofGate.map(({ labels, value }) => [labels.state, value])).toEqual([
      ['closed', 0],
      ['half_open', 0],
      ['open', 0],
    ]);
  });
});
