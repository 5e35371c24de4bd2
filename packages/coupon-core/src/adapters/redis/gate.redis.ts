import type { Redis } from 'ioredis';
import type { GateView } from '../../coupon/coupon.js';
import type { ClaimName } from '../../coupon/decide-settlement.js';
import type { Claimant, CouponId } from '../../coupon/ids.js';
import { Combiner, CombinerBusy, type CombinerLimits } from '../../issuance/combiner.js';
import {
  type BuiltGate,
  type ClaimOfUser,
  type ClaimReply,
  type ClaimStage,
  type ExaminedClaims,
  type ExpectedGate,
  Gate,
  type GateAddress,
  type GateCondition,
  type GateSaysNothing,
  GateUnreachable,
  type GateUpdate,
  type LeaseOffer,
  type LookUpReply,
  type ShardCounts,
  type StagedGate,
  type ViewReply,
} from '../../issuance/gate.js';
import { REBUILD_SILENCE_MS } from '../../issuance/held-fence.js';
import type { Pace } from '../../issuance/issuance-queue.js';
import { REOPEN_DELAY_MS } from '../../issuance/leases.js';
import { BatchFigures } from '../../metrics/process-metrics.js';
import { spanning } from '../../tracing/span.js';
import type { Traceparent } from '../../tracing/traceparent.js';
import { type Guard, UNGUARDED } from '../circuit-breaker.js';
import { BucketSplitter } from './bucket-splitter.js';
import type { CouponReply, GateReply } from './claim-codec.js';
import { ClaimLists } from './claim-lists.js';
import { claimReply, lookUpReply, type Outcome } from './claim-replies.js';
import { claimSpans } from './claim-spans.js';
import { GateExaminer } from './gate-examiner.js';
import { GateLoader } from './gate-loader.js';
import { hashOf, type Keys } from './keys.js';
import { readQueued } from './queued-claims.js';
import { reaching, reachingEach } from './reaching.js';
import { Script } from './script.js';
import { ShutGates } from './shut-gates.js';

/**
 * A script of 200 members blocks the server for a few milliseconds; 500 would block it for eleven. With one call
 * under way its successor gathers whoever comes meanwhile: a call costs much more than a member, above all its sync
 * to disk.
 */
const CLAIM_LIMITS: CombinerLimits = {
  membersMax: 200,
  inFlightMax: 1,
  pendingMax: 20_000,
  deadlineMs: 4_500,
};

interface Member {
  couponId: CouponId;
  userId: Claimant;
  perUserLimit: number;
  proven: boolean;
  trace: Traceparent | undefined;
}

export class RedisGate extends Gate {
  private readonly claimScript: Script<GateReply>;
  private readonly lookUpScript: Script<GateReply>;
  private readonly updateScript = new Script<number[]>('update-n');
  private readonly claims = new Combiner<number, Member, Outcome>(
    CLAIM_LIMITS,
    (shard, members) => this.guard.run(() => this.claimTogether(shard, members)),
    new BatchFigures('claim'),
  );
  private readonly lookUps = new Combiner<number, Member, Outcome>(
    CLAIM_LIMITS,
    (shard, members) => this.guard.run(() => this.lookUpTogether(shard, members)),
    new BatchFigures('look_up'),
  );
  private readonly inspectScript = new Script<number[]>('inspect-n');
  private readonly loader: GateLoader;
  private readonly splitter: BucketSplitter;
  private readonly shutGates: ShutGates;
  private readonly examiner: GateExaminer;
  private readonly lists: ClaimLists;

  constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
    private readonly queueEntriesMax: number,
    private readonly reopenDelayMs = REOPEN_DELAY_MS,
    /** Of the calls that people wait for. */
    private readonly guard: Guard = UNGUARDED,
    private readonly pace: Pace | null = null,
  ) {
    super();
    this.claimScript = new Script('claim-n', keys.queueLayout);
    this.lookUpScript = new Script('look-up-n', keys.queueLayout);
    this.loader = new GateLoader(redis, keys);
    this.splitter = new BucketSplitter(redis, keys);
    this.shutGates = new ShutGates(redis, keys);
    this.examiner = new GateExaminer(redis, keys);
    this.lists = new ClaimLists(redis, keys);
  }

  claim(
    { couponId, shard }: GateAddress,
    userId: Claimant,
    proven: boolean,
    perUserLimit = 1,
    trace?: Traceparent,
  ): Promise<ClaimReply> {
    return this.claims
      .submit(shard, { couponId, userId, perUserLimit, proven, trace })
      .then(claimReply, unavailable);
  }

  lookUp({ couponId, shard }: GateAddress, userId: Claimant): Promise<LookUpReply> {
    return this.lookUps
      .submit(shard, { couponId, userId, perUserLimit: 1, proven: false, trace: undefined })
      .then(lookUpReply, unavailable);
  }

  async update(updates: readonly GateUpdate[]): Promise<ViewReply[]> {
    const replies = new Map<GateUpdate, ViewReply>();
    for (const [shard, ofShard] of Map.groupBy(updates, ({ view }) => view.shard)) {
      const keys = [
        this.keys.leaseMark(shard),
        ...ofShard.map(({ view }) => this.keys.gate(shard, view.couponId)),
      ];
      const args = [this.keys.claimsPrefix(shard), this.reopenDelayMs, ...ofShard.flatMap(updateArguments)];
      const codes = await reaching(() => this.updateScript.run(this.redis, keys, args));
      for (const [i, code] of codes.entries()) replies.set(ofShard[i]!, UPDATE_CODES[code]!);
    }
    return updates.map((update) => replies.get(update)!);
  }

  offerLease(at: GateAddress): Promise<LeaseOffer | null> {
    return reaching(() => this.lists.offerLease(at));
  }

  readLeaseMark(shard: number): Promise<string | null> {
    return reaching(() => this.lists.readLeaseMark(shard));
  }

  fence(at: GateAddress, epoch: number): Promise<boolean> {
    return reaching(() => this.loader.fence(at, epoch));
  }

  holdFence(at: GateAddress, epoch: number): Promise<boolean> {
    return reaching(() => this.loader.holdFence(at, epoch));
  }

  async stage(at: GateAddress, staged: StagedGate): Promise<ClaimStage> {
    const stage = await reaching(() => this.loader.stage(at, staged));
    return {
      put: (claims) => reaching(() => stage.put(claims)),
      find: (claimants) => reaching(() => stage.find(claimants)),
      countSeveral: () => reaching(() => stage.countSeveral()),
    };
  }

  switchTo(at: GateAddress, built: BuiltGate): Promise<boolean> {
    return reaching(() => this.loader.switchTo(at, built));
  }

  discard(at: GateAddress, staged: StagedGate): Promise<void> {
    return reaching(() => this.loader.discard(at, staged));
  }

  async inspect(gates: readonly ExpectedGate[]): Promise<GateCondition[]> {
    const conditions = new Map<ExpectedGate, GateCondition>();
    for (const [shard, ofShard] of Map.groupBy(gates, (gate) => gate.shard)) {
      const keys = ofShard.map(({ couponId }) => this.keys.gate(shard, couponId));
      const args = [REBUILD_SILENCE_MS, ...ofShard.map(({ epoch }) => epoch)];
      const codes = await reaching(() => this.inspectScript.run(this.redis, keys, args));
      for (const [i, code] of codes.entries()) conditions.set(ofShard[i]!, INSPECT_CODES[code]!);
    }
    return gates.map((gate) => conditions.get(gate)!);
  }

  reportShut(at: GateAddress): void {
    this.shutGates.report(at);
  }

  takeReports(shard: number, max: number): Promise<CouponId[]> {
    return reaching(() => this.shutGates.take(shard, max));
  }

  grow(at: GateAddress): Promise<boolean> {
    return reaching(() => this.splitter.step(at));
  }

  count(shard: number, coupons: readonly CouponId[], markAgeMs: number): Promise<ShardCounts> {
    return reaching(() => this.examiner.count(shard, coupons, markAgeMs));
  }

  readClaims(at: GateAddress): AsyncGenerator<ClaimOfUser[]> {
    return reachingEach(this.loader.readClaims(at));
  }

  readQueued(at: GateAddress): AsyncGenerator<ClaimOfUser[]> {
    return reachingEach(readQueued(this.redis, this.keys, at));
  }

  driveAgain(at: GateAddress, epoch: number, claims: readonly ClaimName[]): Promise<boolean> {
    return reaching(() => this.examiner.driveAgain(at, epoch, claims));
  }

  shrink(at: GateAddress, examined: ExaminedClaims): Promise<boolean> {
    return reaching(async () => {
      if (!(await this.examiner.shrink(at, examined))) return false;
      await this.loader.removeClaims(at, examined.epoch);
      return true;
    });
  }

  /** Answers what was submitted, then takes nothing more. */
  async close(): Promise<void> {
    await Promise.all([this.claims.close(), this.lookUps.close()]);
  }

  private claimTogether(shard: number, members: Member[]): Promise<Outcome[]> {
    const spans = claimSpans(members);
    const claimAll = () =>
      this.ask(
        this.claimScript,
        [this.keys.queue(shard), this.keys.drain(shard), this.keys.leaseMark(shard)],
        [this.keys.claimsPrefix(shard), this.queueEntriesMax],
        shard,
        members,
        (args, { couponId, perUserLimit }, count) =>
          args.push(perUserLimit, spans.get(couponId)?.traceparent ?? '', count),
        (args, { userId, proven }) => args.push(userId, hashOf(userId) * 2 + (proven ? 1 : 0)),
      );
    return spans.size === 0 ? claimAll() : spanning([...spans.values()], claimAll);
  }

  private lookUpTogether(shard: number, members: Member[]): Promise<Outcome[]> {
    const fixed = [this.keys.claimsPrefix(shard)];
    return this.ask(
      this.lookUpScript,
      [this.keys.queue(shard), this.keys.drain(shard)],
      fixed,
      shard,
      members,
      (args, _first, count) => args.push(count),
      (args, { userId }) => args.push(userId, hashOf(userId)),
    );
  }

  /** One call for members of any coupons of a shard: grouped by coupon, in their order of arrival. */
  private async ask(
    script: Script<GateReply>,
    keys: string[],
    args: (string | number)[],
    shard: number,
    members: readonly Member[],
    pushCoupon: (args: (string | number)[], first: Member, count: number) => void,
    push: (args: (string | number)[], member: Member) => void,
  ): Promise<Outcome[]> {
    const places = new Map<CouponId, number[]>();
    members.forEach((member, i) => {
      const ofCoupon = places.get(member.couponId);
      if (ofCoupon) ofCoupon.push(i);
      else places.set(member.couponId, [i]);
    });
    for (const [couponId, ofCoupon] of places) {
      keys.push(this.keys.gate(shard, couponId));
      args.push(couponId);
      pushCoupon(args, members[ofCoupon[0]!]!, ofCoupon.length);
      for (const i of ofCoupon) push(args, members[i]!);
    }
    const reply = await script.run(this.redis, keys, args);
    const outcomes = new Array<Outcome>(members.length);
    let part = 3;
    for (const [couponId, ofCoupon] of places) {
      const couponReply = reply[part++] as CouponReply;
      if (couponReply[0] === NO_EPOCH) this.shutGates.report({ couponId, shard });
      ofCoupon.forEach((place, i) => {
        outcomes[place] = { answer: couponReply[4 + i]!, ofCoupon: couponReply, reply, pace: this.pace };
      });
    }
    return outcomes;
  }
}

/** What the scripts answer as the epoch of a gate that is not initialised. */
const NO_EPOCH = '0';

export const INSPECT_CODES: Readonly<Record<number, GateCondition>> = {
  0: 'SHUT',
  1: 'UP',
  2: 'BEING_BUILT',
};

export const UPDATE_CODES: Readonly<Record<number, ViewReply>> = {
  [-1]: 'NOT_INITIALISED',
  1: 'APPLIED',
  2: 'STALE',
  3: 'FITS',
};

function updateArguments({ view, issuedByV1 }: GateUpdate): (string | number)[] {
  const { couponId, version, state, issueStartsAt, issueEndsAt, capacity, decrease } =
    view satisfies GateView;
  const lower = decrease === null ? '' : decrease.capacity;
  const members = issuedByV1.flatMap((userId) => [userId, hashOf(userId)]);
  return [
    couponId,
    version,
    state,
    issueStartsAt,
    issueEndsAt,
    capacity,
    lower,
    issuedByV1.length,
    ...members,
  ];
}

function unavailable(cause: unknown): GateSaysNothing {
  if (cause instanceof GateUnreachable) {
    return { outcome: 'UNAVAILABLE', reason: 'LEFT_ALONE', retryAfterMs: cause.retryAfterMs };
  }
  const full = cause instanceof CombinerBusy && cause.reason === 'QUEUE_FULL';
  return { outcome: 'UNAVAILABLE', reason: full ? 'QUEUE_FULL' : 'UNREACHABLE' };
}
