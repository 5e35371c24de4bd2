import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupProgress } from 'messaging';
import type { CouponId } from '../../coupon/ids.js';
import { RelayedEntries, StillRelayed, type TopicLag } from '../../issuance/relayed-entries.js';

const LOOK_EVERY_MS = 50;
const WAIT_MS_MAX = 30_000;

/**
 * An entry leaves the queue when the broker has it, so it stands before the end that the topic has afterwards; and the
 * group acknowledges only what is committed.
 */
export class KafkaRelayedEntries extends RelayedEntries {
  constructor(
    private readonly progress: Pick<GroupProgress, 'group' | 'ends' | 'hasReached' | 'lag'>,
    private readonly waitMsMax = WAIT_MS_MAX,
  ) {
    super();
  }

  async lag(): Promise<TopicLag[]> {
    const { group } = this.progress;
    return (await this.progress.lag()).map((lag) => ({ group, ...lag }));
  }

  /**
   * A rebuild waits for all partitions, since some may have been added while claims were on their way. Whoever waits for one
   * coupon looks at the partition that it has now, so that no other coupon's rush holds up its answers.
   */
  async untilSettled(couponId?: CouponId): Promise<void> {
    const ends = await this.progress.ends(couponId && String(couponId));
    const deadlineAt = performance.now() + this.waitMsMax;
    while (!(await this.progress.hasReached(ends))) {
      if (performance.now() > deadlineAt) {
        throw new StillRelayed(`The topic was not settled up to its end within ${this.waitMsMax} ms.`);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}
