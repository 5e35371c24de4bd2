import type { Count } from '../metrics/plain-metrics.js';
import { breakerStates, breakerTransitions } from '../metrics/process-metrics.js';

export type BreakerState = 'CLOSED' | 'HALF_OPEN' | 'OPEN';

export interface BreakerLimits {
  /** The calls that are judged: so many, the latest that have ended. */
  window: number;
  /** Of these, how many faults open the breaker; 0 to 1. */
  failureRate: number;
  openMs: number;
  /** How often the server has to answer before calls are let through again. */
  probes: number;
}

/** The server behind a breaker. */
export interface GuardedServer {
  target: 'gate' | 'database' | 'broker';
  /** Whether it was not reached, or did not answer in time. What it refuses is an answer. */
  isFault(cause: unknown): boolean;
  /** A call that changes nothing. */
  probe(): Promise<unknown>;
  /** What callers are refused with; `retryAfterMs`: the rest of the time that the server is left alone. */
  refusal(retryAfterMs: number): Error;
}

/** Stands in front of the calls to one server. */
export interface Guard {
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** For whoever waits with a pause of its own between attempts. */
export const UNGUARDED: Guard = { run: (call) => call() };

const LEVELS: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

/**
 * Leaves a server alone that does not answer, so that whoever needs it is refused at once and not when a time-out has
 * passed. Whether it is back the breaker finds out itself: a caller's request is never the one that is risked for it.
 */
export class CircuitBreaker implements Guard {
  /** Of the latest calls, which were faults. Another one for each time of being closed: earlier calls end for nobody. */
  private outcomes: boolean[] = [];
  private openUntil = 0;
  private timer: NodeJS.Timeout | undefined;
  private current: BreakerState = 'CLOSED';
  private readonly transitions: Readonly<Record<BreakerState, Count>>;

  constructor(
    private readonly server: GuardedServer,
    private readonly limits: BreakerLimits,
  ) {
    // All are series from the start: what Prometheus sees first it takes for old.
    const to = (state: BreakerState) => breakerTransitions.of(server.target, state.toLowerCase());
    this.transitions = { CLOSED: to('CLOSED'), HALF_OPEN: to('HALF_OPEN'), OPEN: to('OPEN') };
    this.move('CLOSED');
  }

  get state(): BreakerState {
    return this.current;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.current !== 'CLOSED') {
      throw this.server.refusal(Math.max(0, this.openUntil - performance.now()));
    }
    const { outcomes } = this;
    try {
      const result = await call();
      this.note(outcomes, false);
      return result;
    } catch (cause) {
      // Any other failure says nothing about the server: it may be our own.
      if (this.server.isFault(cause)) this.note(outcomes, true);
      throw cause;
    }
  }

  /** Ends the time of being open early, where something says that the server may be back. */
  async probe(): Promise<void> {
    if (this.current !== 'OPEN') return;
    clearTimeout(this.timer);
    this.move('HALF_OPEN');
    try {
      for (let probe = 0; probe < this.limits.probes; probe += 1) await this.server.probe();
    } catch (cause) {
      if (this.server.isFault(cause)) return this.open();
    }
    this.outcomes = [];
    this.move('CLOSED');
  }

  private note(outcomes: boolean[], isFault: boolean): void {
    if (outcomes !== this.outcomes || this.current !== 'CLOSED') return;
    outcomes.push(isFault);
    if (outcomes.length > this.limits.window) outcomes.shift();
    if (!isFault || outcomes.length < this.limits.window) return;
    const faults = outcomes.filter((wasFault) => wasFault).length;
    if (faults >= this.limits.failureRate * this.limits.window) this.open();
  }

  private open(): void {
    this.openUntil = performance.now() + this.limits.openMs;
    this.timer = setTimeout(() => void this.probe(), this.limits.openMs).unref();
    this.move('OPEN');
  }

  private move(state: BreakerState): void {
    if (state !== this.current) this.transitions[state].add();
    this.current = state;
    breakerStates.of(this.server.target).value = LEVELS[state];
  }
}
