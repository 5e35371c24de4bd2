import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Names the address at which a test process asks for the broker of its run. */
export const KAFKA_ON_DEMAND_SETTING = 'LOCAL_STACK_KAFKA_ON_DEMAND';

export interface KafkaOfTheRun {
  /** `host:port`, separated by commas. */
  brokers: string;
  /** Where it comes from. */
  title: string;
}

/** Starts a broker when somebody asks for it, one for all who ask. */
export class KafkaOnDemand {
  private starting: Promise<KafkaOfTheRun> | undefined;
  private readonly server = createServer(async (_request, response) => {
    this.starting ??= this.start();
    try {
      response.end(JSON.stringify(await this.starting));
    } catch (error) {
      response.statusCode = 500;
      response.end(error instanceof Error ? error.message : String(error));
    }
  });

  constructor(private readonly start: () => Promise<KafkaOfTheRun>) {}

  /** @returns the address to ask at */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
  }

  /** A line for the summary of the run; `undefined` where nobody asked. */
  async describe(): Promise<string | undefined> {
    return this.starting?.then(
      ({ brokers, title }) => `Kafka: ${title} (${brokers})`,
      () => 'Kafka: could not be started',
    );
  }
}

/**
 * The broker of this test run, started for the first who asks.
 * @returns `host:port` each
 * @throws where there is none, and outside of a test run
 */
export async function kafkaBrokers(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const address = env[KAFKA_ON_DEMAND_SETTING];
  if (!address)
    throw new Error(`${KAFKA_ON_DEMAND_SETTING} is not set: run these tests through the test script.`);
  const answer = await fetch(address);
  if (answer.status !== 200) throw new Error(await answer.text());
  return ((await answer.json()) as KafkaOfTheRun).brokers.split(',');
}
