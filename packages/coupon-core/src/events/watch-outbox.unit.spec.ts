import { expect, it } from '@jest/globals';
import { outboxAge, outboxRows } from '../metrics/drain-metrics.js';
import { WatchOutbox } from './watch-outbox.js';

it('what waits in the outbox is shown as it was last seen, also during a look, and as unknown where it cannot be seen', async () => {
  let backlog = async () => ({ rows: 3, oldestAt: (Date.now() - 7_000) as number | null });
  const watch = new WatchOutbox({ backlog: () => backlog() });
  await watch.look();
  expect(outboxRows.value).toBe(3);
  expect(outboxAge.value).toBeGreaterThanOrEqual(7);
  const looked = Promise.withResolvers<{ rows: number; oldestAt: number }>();
  backlog = () => looked.promise;
  const looking = watch.look();
  expect([outboxRows.value, outboxAge.value]).not.toContain(null);
  looked.resolve({ rows: 4, oldestAt: Date.now() });
  await looking;
  expect(outboxRows.value).toBe(4);
  backlog = () => Promise.reject(new Error('away'));
  await expect(watch.look()).rejects.toThrow('away');
  expect([outboxRows.value, outboxAge.value]).toEqual([null, null]);
  backlog = async () => ({ rows: 0, oldestAt: null });
  await watch.look();
  expect([outboxRows.value, outboxAge.value]).toEqual([0, 0]);
});
