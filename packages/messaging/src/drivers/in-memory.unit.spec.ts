import { describeBroker } from '../testing/broker-contract.js';
import { InMemoryBroker } from './in-memory.js';

describeBroker('memory', async () => ({ broker: new InMemoryBroker(), makeTopic: async () => undefined }));
