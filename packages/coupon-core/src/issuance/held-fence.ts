import type { ClaimOfUser, ClaimStage, Gate, GateAddress } from './gate.js';

const HOLD_EVERY_MS = 1_000;
/** A rebuild that was not heard of for so long is taken for dead, and another one may begin. */
export const REBUILD_SILENCE_MS = 3_000;

/** The fence is another's, or went with a server that was restarted or emptied. */
export class FenceLost extends Error {
  override readonly name = 'FenceLost';
}

/** Says while a rebuild goes on that it does, and notices when it goes on for nothing. */
export class HeldFence {
  private isLost = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly gate: Gate,
    private readonly at: GateAddress,
    private readonly epoch: number,
  ) {
    this.timer = setInterval(() => this.hold(), HOLD_EVERY_MS);
  }

  /** The stage as long as there is a reason to write to it. */
  over(stage: ClaimStage): ClaimStage {
    return {
      put: async (claims: readonly ClaimOfUser[]) => {
        if (this.isLost) throw new FenceLost();
        await stage.put(claims);
      },
      find: (claimants) => stage.find(claimants),
      countSeveral: () => stage.countSeveral(),
    };
  }

  release(): void {
    clearInterval(this.timer);
  }

  private hold(): void {
    // A server that does not answer says nothing about the fence; the switch will know.
    this.gate.holdFence(this.at, this.epoch).then(
      (held) => {
        this.isLost ||= !held;
      },
      () => undefined,
    );
  }
}
