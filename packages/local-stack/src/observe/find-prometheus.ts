import { installCommandFor } from '../servers/install-hint.js';
import type { Machine } from '../servers/server-source.js';

export const NODE_EXPORTER_NAMES = ['node_exporter', 'prometheus-node-exporter'];

/**
 * A program of Prometheus: one that is there, or else, as root on Debian, that of the distribution's package.
 * @throws saying how to get it
 */
export async function findPrometheus(name: 'prometheus' | 'promtool', machine: Machine): Promise<string> {
  const there = machine.findBinary([name]);
  if (there) return there;
  if (machine.canInstall()) {
    await machine.install('prometheus');
    const installed = machine.findBinary([name]);
    if (installed) return installed;
  }
  throw new Error(
    `There is no ${name}. It comes with Prometheus: ${installCommandFor('prometheus')} on Debian and Ubuntu, ` +
      'brew install prometheus, or https://prometheus.io/download; then run the command again.',
  );
}
