import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { kafkaProgram } from '../kafka/kafka-on-demand.js';
import { type TemporaryFolder, temporaryFolder } from '../processes/temporary-folder.js';
import { Launcher } from '../testing/launcher.js';

// Servers, a broker and three programs are started one after the other, perhaps on a machine ten times slower.
jest.setTimeout(600_000);

const RUSH = '--door v2 --users 2000 --repeats 300 --total 200 --warmup 100 --seed 1'.split(' ');
/** Where it is null the demo could start no broker either; the summary of the run says so. */
const kafka = await kafkaProgram();

describe('demo, on servers of its own', () => {
  let folder: TemporaryFolder;

  beforeAll(() => {
    folder = temporaryFolder('demo-e2e');
  });

  afterAll(() => folder.remove());

  const isExactThrough = async (queue: string) => {
    const demo = new Launcher(folder.path, ['demo', '--queue', queue, ...RUSH], {}, 'real');
    const status = await demo.exited;
    expect(demo.output).toContain(`, ${queue};`);
    expect(demo.output).toContain('EXACT: 2,300 requests, 200 coupons');
    expect(demo.output).not.toMatch(/^ +✗/m);
    expect(status).toBe(0);
  };

  it('is exact through the waiting line', () => isExactThrough('redis-zset'));

  (kafka ? it : it.skip)('is exact through Kafka', () => isExactThrough('kafka'));
});
