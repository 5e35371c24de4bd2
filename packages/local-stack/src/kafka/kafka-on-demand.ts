import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JavaProgram, MAVEN_TITLE } from './java-broker.js';

/** Names the address at which a test process asks for the broker of its run. */
export const KAFKA_ON_DEMAND_SETTING = 'LOCAL_STACK_KAFKA_ON_DEMAND';

const SKIPPED =
  'not there, and its tests SKIPPED, since Java 17 and Maven are neither found nor to be installed';

export interface KafkaOfTheRun {
  /** `host:port`, separated by commas. */
  brokers: string;
  /** Where it comes from. */
  title: string;
}

export interface KafkaStarts {
  broker(): Promise<KafkaOfTheRun>;
  /** What a test starts brokers of its own with; null where it can neither be found nor installed. */
  program(): Promise<JavaProgram | null>;
}

/** Starts a broker when somebody asks for it, one for all who ask; the same for what starts further ones. */
export class KafkaOnDemand {
  private broker: Promise<KafkaOfTheRun> | undefined;
  private program: Promise<JavaProgram | null> | undefined;
  private readonly server = createServer(async (request, response) => {
    try {
      response.end(JSON.stringify(await this.answer(request.url)));
    } catch (error) {
      response.statusCode = 500;
      response.end(error instanceof Error ? error.message : String(error));
    }
  });

  constructor(private readonly starts: KafkaStarts) {}

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

  /** Lines for the summary of the run; none where nobody asked. */
  async describe(): Promise<string[]> {
    const failed = () => 'could not be started';
    const broker = this.broker?.then(({ brokers, title }) => `${title} (${brokers})`).catch(failed);
    const program = this.program?.then((found) => (found ? MAVEN_TITLE : SKIPPED)).catch(failed);
    return [
      ...(broker ? [`Kafka: ${await broker}`] : []),
      ...(program ? [`Kafka in three brokers: ${await program}`] : []),
    ];
  }

  /** One after the other, since both may install and fetch the same things. */
  private answer(path: string | undefined): Promise<unknown> {
    const { broker, program, starts } = this;
    if (path === '/program') {
      this.program ??= Promise.allSettled([broker]).then(() => starts.program());
      return this.program;
    }
    this.broker ??= Promise.allSettled([program]).then(() => starts.broker());
    return this.broker;
  }
}

/**
 * The broker of this test run, started for the first who asks.
 * @returns `host:port` each
 * @throws where there is none, and outside of a test run
 */
export async function kafkaBrokers(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  return ((await ask('/broker', env)) as KafkaOfTheRun).brokers.split(',');
}

/**
 * What starts brokers of a test's own; null where it cannot be had, which the summary of the run then says.
 * @throws outside of a test run
 */
export async function kafkaProgram(env: NodeJS.ProcessEnv = process.env): Promise<JavaProgram | null> {
  return (await ask('/program', env)) as JavaProgram | null;
}

async function ask(path: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const address = env[KAFKA_ON_DEMAND_SETTING];
  if (!address)
    throw new Error(`${KAFKA_ON_DEMAND_SETTING} is not set: run these tests through the test script.`);
  const answer = await fetch(new URL(path, address));
  if (answer.status !== 200) throw new Error(await answer.text());
  return answer.json();
}
