import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Gives a baseline the figure that the system publishes as well, and a port that its parent learns. */
export async function serveBaseline(server: FastifyInstance): Promise<void> {
  server.get('/metrics', (_, reply) => {
    const { user, system } = process.cpuUsage();
    reply.type('text/plain').send(`process_cpu_seconds_total ${(user + system) / 1e6}\n`);
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  process.send?.((server.server.address() as AddressInfo).port);
  // The channel closes with the parent, however that ends: this process never outlives it.
  process.once('disconnect', () => process.exit(0));
}
