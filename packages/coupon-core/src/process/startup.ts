export interface StartupReport {
  /** `starting`: what runs beside the port does not run yet. */
  status: 'starting' | 'up';
}

/**
 * Whether the process has started whole. It stays so for good: what becomes of it afterwards is for liveness and
 * readiness to say, so that a start-up probe never ends a process that has once been up.
 */
export class Startup {
  private whole = false;

  complete(): void {
    this.whole = true;
  }

  report(): StartupReport {
    return { status: this.whole ? 'up' : 'starting' };
  }
}
