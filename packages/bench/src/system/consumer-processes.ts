/** The processes that drain the queue, and the right to hold them for a while. */
export class ConsumerProcesses {
  private held = false;
  private readonly resumeAtEnd = () => this.resume();

  constructor(private readonly pids: readonly number[]) {
    // Whatever ends the bench, the consumers of a running system must not stay paused.
    process.on('exit', this.resumeAtEnd);
  }

  get arePaused(): boolean {
    return this.held;
  }

  /** @throws where nobody said which processes they are */
  requireKnown(): void {
    if (this.pids.length === 0) {
      throw new Error(
        'This figure pauses the consumers, and COUPON_CONSUMER_PIDS and COUPON_CONSUMER_URLS do not say which they are; `pnpm bench` sets them.',
      );
    }
  }

  pause(): void {
    this.requireKnown();
    // Set first: where one of them is gone, those already held are let go all the same.
    this.held = true;
    for (const pid of this.pids) process.kill(pid, 'SIGSTOP');
  }

  resume(): void {
    if (!this.held) return;
    this.held = false;
    for (const pid of this.pids) resumeIfAlive(pid);
  }

  close(): void {
    this.resume();
    process.off('exit', this.resumeAtEnd);
  }
}

function resumeIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // One that has ended must not keep the others paused; that it is gone is seen by the drain.
  }
}
