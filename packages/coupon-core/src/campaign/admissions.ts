import type { CoreConfig } from '../config.js';
import type { CouponEdits, DefinitionFault } from '../coupon/decide-edit.js';

/** Which admissions a coupon can be given here. */
export abstract class Admissions {
  abstract faultsOf(definition: CouponEdits): DefinitionFault[];
}

/** Without Kafka there is no queue that requests could go to directly. */
export const admissionsOf = ({ events }: Pick<CoreConfig, 'events'>): Admissions => ({
  faultsOf: ({ admission }) =>
    admission === 'QUEUE' && events.kafkaBrokers === null
      ? [{ field: 'admission', fault: 'has to be GATE where KAFKA_BROKERS is not set' }]
      : [],
});
