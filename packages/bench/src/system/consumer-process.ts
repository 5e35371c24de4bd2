/** The process that drains the queue, and the right to hold it for a while. */
export class ConsumerProcess {
  private held = false;
  private readonly resumeAtEnd = () => this.resume();

  constructor(private readonly pid: number | null) {
    // Whatever ends the bench, the consumer of a running system must not stay paused.
    process.on('exit', this.resumeAtEnd);
  }

  get isPaused(): boolean {
    return this.held;
  }

  /** @throws where nobody said which process it is */
  pause(): void {
    if (this.pid === null) {
      throw new Error(
        'This figure pauses the consumer, and COUPON_CONSUMER_PID and COUPON_CONSUMER_URL do not say which one; `pnpm bench` sets them.',
      );
    }
    process.kill(this.pid, 'SIGSTOP');
    this.held = true;
  }

  resume(): void {
    if (!this.held || this.pid === null) return;
    this.held = false;
    process.kill(this.pid, 'SIGCONT');
  }

  close(): void {
    this.resume();
    process.off('exit', this.resumeAtEnd);
  }
}
