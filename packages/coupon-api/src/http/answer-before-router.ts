import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Shows every request to `takes` before Fastify routes it; where that says yes, it has answered, or will. While the
 * server closes everything goes through Fastify, which tells its clients to go elsewhere.
 */
export function answerBeforeRouter(
  fastify: FastifyInstance,
  takes: (request: IncomingMessage, response: ServerResponse) => boolean,
): void {
  const { server } = fastify;
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  const [route] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[];
  if (!route) throw new Error('The server has no router yet.');
  server.removeListener('request', route);
  server.on('request', (request, response) => {
    if (closing || !takes(request, response)) route(request, response);
  });
}
