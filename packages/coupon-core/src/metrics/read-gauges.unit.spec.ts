import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { readGauges } from './read-gauges.js';

describe('gauges of one reading', () => {
  it('share it, have no value while it fails, and show the next one', async () => {
    const registry = new Registry();
    let reading: (() => Promise<number[]>) | null = async () => [3, 4];
    let readings = 0;
    const read = () => {
      readings += 1;
      if (!reading) throw new Error('away');
      return reading();
    };
    readGauges(registry, read, [
      {
        name: 'depth',
        help: 'h',
        labelNames: ['shard'],
        values: (depths) => depths.map((depth, i) => [{ shard: String(i) }, depth] as const),
      },
      { name: 'whole', help: 'h', values: ([a, b]) => [[{}, a! + b!]] },
    ]);
    const text = await registry.metrics();
    expect(text).toContain('depth{shard="0"} 3\ndepth{shard="1"} 4');
    expect(text).toContain('\nwhole 7');
    expect(readings).toBe(1);

    reading = null;
    expect(await registry.metrics()).not.toMatch(/^(depth|whole)\b/m);
    reading = async () => [5, 0];
    expect(await registry.metrics()).toContain('\nwhole 5');
  });

  it('do not wait for a server that never answers', async () => {
    const registry = new Registry();
    readGauges(registry, () => new Promise<number>(() => undefined), [
      { name: 'depth', help: 'h', values: (depth) => [[{}, depth]] },
    ]);
    expect(await registry.metrics()).not.toMatch(/^depth\b/m);
  });
});
