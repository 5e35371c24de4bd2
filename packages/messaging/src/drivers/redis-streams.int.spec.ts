import { describeBroker } from '../testing/broker-contract.js';
import { provided } from '../testing/provided.js';
import { RedisStreamsBroker } from './redis-streams.js';

describeBroker('Redis', async () => ({
  broker: new RedisStreamsBroker({
    url: provided('REDIS_URL'),
    namespace: `messaging-${process.pid}`,
    partitions: 2,
    retentionMs: 3_600_000,
  }),
  makeTopic: async () => undefined,
}));
