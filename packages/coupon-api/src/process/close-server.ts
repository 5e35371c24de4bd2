import type { FastifyInstance } from 'fastify';

const IDLE_CHECK_MS = 20;

/**
 * Stops listening and waits for the requests in flight. A connection that becomes idle meanwhile is closed, and one
 * whose request never ends is cut off after `waitMsMax`.
 */
export async function closeServer(server: FastifyInstance, waitMsMax: number): Promise<void> {
  const closingIdle = setInterval(() => server.server.closeIdleConnections(), IDLE_CHECK_MS);
  const cuttingOff = setTimeout(() => server.server.closeAllConnections(), waitMsMax);
  try {
    await server.close();
  } finally {
    clearInterval(closingIdle);
    clearTimeout(cuttingOff);
  }
}
