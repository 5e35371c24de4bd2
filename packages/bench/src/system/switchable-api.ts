import { startApp } from 'local-stack';

const SWITCHABLE = new URL('../baselines/switchable-metrics.js', import.meta.url);

/** A further API process of the system under load, whose metrics can be switched off. */
export class SwitchableApi {
  private recording = true;

  private constructor(
    readonly url: URL,
    private readonly pid: number,
    private readonly stopProcess: () => Promise<void>,
  ) {}

  static async start(): Promise<SwitchableApi> {
    const app = await startApp('coupon-api', { NODE_OPTIONS: `--import=${SWITCHABLE.href}` });
    return new SwitchableApi(new URL(app.url), app.pid, () => app.stop());
  }

  record(on: boolean): void {
    if (this.recording !== on) process.kill(this.pid, 'SIGUSR2');
    this.recording = on;
  }

  stop(): Promise<void> {
    return this.stopProcess();
  }
}
