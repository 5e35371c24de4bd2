/** The process that drains the queue, and the right to hold it for a while. */
export class ConsumerProcess {
  private paused = false;
  private readonly resumeAtEnd = () => this.resume();

  constructor(private readonly pid: number | null) {
    // Whatever ends the bench, the consumer of a running system must not stay paused.
    process.on('exit', this.resumeAtEnd);
  }

  /** @throws where nobody said which process it is */
  pause(): void {
    if (this.pid === null) {
      throw new Error(
        'This figure pauses the consumer, and COUPON_CONSUMER_PID and COUPON_CONSUMER_URL do not say which one; `pnpm bench` sets them.',
      );
    }
    process.kill(this.pid, 'SIGSTOP');
    this.paused = true;
  }

  resume(): void {
    if (!this.paused || this.pid === null) return;
    this.paused = false;
    process.kill(this.pid, 'SIGCONT');
  }

  close(): void {
    this.resume();
    process.off('exit', this.resumeAtEnd);
  }
}
