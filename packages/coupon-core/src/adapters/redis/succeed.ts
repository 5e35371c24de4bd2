import type { ChainableCommander } from 'ioredis';

/** What every command of the pipeline answered; throws the first error among them. */
export async function succeed<T>(pipeline: ChainableCommander): Promise<T[]> {
  return ((await pipeline.exec()) ?? []).map(([cause, answer]) => {
    if (cause) throw cause;
    return answer as T;
  });
}
