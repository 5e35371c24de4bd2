import type { BenchEnvironment } from '../bench-environment.js';
import { count } from '../rush/number-format.js';

/** What two runs must have in common before their figures say anything about each other; part of every JSON. */
export interface SystemShape {
  authMode: 'dev' | 'jwt';
  apiProcesses: number;
  /** null: nobody said. */
  consumerProcesses: number | null;
  /** `QUEUE_DRIVER` of all processes. */
  queue: string;
}

export function shapeOf({ tokens, apiUrls, consumers, queueDriver }: BenchEnvironment): SystemShape {
  return {
    authMode: tokens ? 'jwt' : 'dev',
    apiProcesses: apiUrls.length,
    consumerProcesses: consumers.length || null,
    queue: queueDriver,
  };
}

export function shapeLine({ authMode, apiProcesses, consumerProcesses, queue }: SystemShape): string {
  const apis = `${count(apiProcesses)} API ${apiProcesses === 1 ? 'process' : 'processes'}`;
  const consumers =
    consumerProcesses === null
      ? 'an unknown number of consumers'
      : `${count(consumerProcesses)} ${consumerProcesses === 1 ? 'consumer' : 'consumers'}`;
  const callers = authMode === 'jwt' ? 'each caller shows a token (HS256)' : 'callers name themselves';
  return `${apis}, ${consumers}, ${queue}; ${callers} (AUTH_MODE=${authMode}), at the system and at each baseline`;
}
