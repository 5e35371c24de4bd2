import {
  type Answer,
  observe,
  type ProcessId,
  type Reading,
  type ScriptCall,
  type Step,
  type World,
} from 'protocol-model';
import { type GateView, gateView } from '../../coupon/coupon.js';
import type { ClaimName } from '../../coupon/decide-settlement.js';
import type { UserId } from '../../coupon/ids.js';
import { builtGate, claimsExpected, loadClaims } from '../../issuance/build-gate.js';
import type { IssueAnswer, RequestAnswer, StatusAnswer } from '../../issuance/claim-view.js';
import type { BuiltGate, ClaimOfUser, GateAddress, LeaseOffer } from '../../issuance/gate.js';
import type { QueueBatch } from '../../issuance/issuance-queue.js';
import { type RebuildRows, StoreUnavailable } from '../../issuance/issue-store.js';
import { claimsBefore, claimsToSettle } from '../../issuance/reconcile-gate.js';
import { TakeBackIssue } from '../../lifecycle/commands.js';
import { OPERATOR } from '../a-coupon.js';
import { allOf } from '../all-of.js';
import { snapshotOfModel, TicketOffsets } from './model-snapshot.js';
import { snapshotOfServers } from './real-snapshot.js';
import type { RealWorld } from './real-world.js';

/** An entry holds one claim here, and a batch is asked for by claims with room for one more full entry. */
const FULL_ENTRY = 200;

interface Consumer {
  batch: QueueBatch | null;
  settled: QueueBatch['entries'];
}

/** A decrease, and what the gate said of it. */
interface Operation {
  asked: { id: number; fits: boolean } | null;
}

interface Reconciler {
  epoch: number;
  suspects: ClaimName[];
}

interface Shrinker {
  epoch: number;
  tickets: number;
}

interface Rebuilder {
  epoch: number;
  rows?: RebuildRows;
  survivors?: ClaimOfUser[];
  built?: BuiltGate;
}

/** A guard that the product goes without, to show that the comparison notices. */
export type Sabotage =
  /** Batches read from an earlier gate are settled all the same. */
  | 'SETTLES_ANY_EPOCH'
  /** A rebuild counts the claims that it loads as the tickets given. */
  | 'COUNTS_CLAIMS_LOADED'
  /** A gate that is being rebuilt goes on admitting. */
  | 'NO_FENCE'
  /** A row forgets that it was cancelled, so every repeat gives its unit back once more. */
  | 'CANCELS_TWICE'
  /** A decrease is put into force whatever the gate says of it. */
  | 'DECREASES_ALONE'
  /** What the rows have decided is driven again too. */
  | 'DRIVES_DECIDED'
  /** A gate that has units again sells them at once. */
  | 'NO_REOPEN_DELAY'
  /** A lease refuses everybody. */
  | 'NO_LIST'
  /** A list of an earlier time when all was sold out is kept with a new lease. */
  | 'KEEPS_LISTS'
  /** Leases go on whatever the mark says. */
  | 'IGNORES_MARK'
  /** A gate forgets its claims whatever has come since they were looked at. */
  | 'SHRINKS_UNCHECKED';

/** An API process on its way to a lease. */
interface Probe {
  sentAt: number;
  mark: string | null;
  offer: LeaseOffer | null;
}

/** The reading a person gets, in the model's words. */
type Told = string;

/**
 * Performs each step on the model and then on the servers. A request runs from end to end as one step, through the
 * product's own use cases; consumers, rebuilds, messages and faults are interleaved as the schedule has them.
 */
export class Lockstep {
  private readonly offsets = new TicketOffsets();
  private readonly consumers: [Consumer, Consumer] = [
    { batch: null, settled: [] },
    { batch: null, settled: [] },
  ];
  private readonly operations = new Map<string, Operation>();
  private readonly probes = new Map<ProcessId, Probe>();
  private readonly rebuilders = new Map<ProcessId, Rebuilder>();
  private reconciler: Reconciler | null = null;
  private shrinker: Shrinker | null = null;
  private readonly views = new Map<string, GateView>();
  private readonly receipts = new Map<string, string>();
  private requests = 0;
  /** What a sabotage remembers. */
  private readonly markTaken: [string?, string?] = [];
  private firstList: LeaseOffer['claims'] | null = null;

  constructor(
    private readonly model: World,
    private readonly real: RealWorld,
    private readonly sabotage: Sabotage | null = null,
  ) {}

  /** False where the step was not possible; throws where the two differ. */
  async perform(step: Step): Promise<boolean> {
    switch (step.name) {
      case 'v2':
      case 'v1':
      case 'me':
      case 'cancel':
        return this.request(step);
      case 'raise':
        return (await this.mayChangeTotal(step.by)) && this.single(step);
      case 'lower':
        return (await this.mayChangeTotal(-step.by)) && this.single(step);
      // Parts of requests, which run as a whole here, and what the product does not have (yet).
      case 'advance':
      case 'reconnect':
      case 'dead-letter':
        return false;
      default:
        return this.single(step);
    }
  }

  private async request(step: Step<'v1' | 'v2' | 'me' | 'cancel'>): Promise<boolean> {
    this.requests += 1;
    const id = `r${this.requests}`;
    const known = new Set(this.model.messages.map(({ key }) => key));
    const shown = step.name === 'v2' && step.withReceipt ? (this.receipts.get(step.user) ?? null) : null;
    const withReceipt = shown !== null;
    if (!observe(this.model, step.name === 'v2' ? { ...step, id, withReceipt } : { ...step, id }).done)
      return false;
    const answers: Answer[] = [];
    const scripts: ScriptCall[] = [];
    while (this.model.requests.has(id)) {
      const outcome = observe(this.model, { name: 'advance', id, fault: 'ok' });
      answers.push(...outcome.answers);
      scripts.push(...outcome.scripts);
    }
    const told = await this.ask(step, shown);
    const expected = answers.map(({ reading }) => textOf(reading)).join();
    const fresh = scripts.some(
      (call) => call.script === 'claim' && call.reply.code === 'CLAIMED' && call.reply.fresh,
    );
    // The product does not ask MySQL about a claim that was admitted a moment ago; PENDING is true all the same.
    const equal = told === expected || (fresh && told === 'PENDING' && expected === 'UNKNOWN');
    if (!equal)
      throw new Error(`${step.name} of ${step.user}: the model says ${expected}, the product ${told}`);
    await this.captureViews(known);
    return true;
  }

  private async ask(step: Step<'v1' | 'v2' | 'me' | 'cancel'>, shown: string | null): Promise<Told> {
    const { coupon, issueCoupon, apis, readClaimStatus } = this.real;
    const user = step.user as string as UserId;
    if (step.name === 'v1') return toldByIssue(await issueCoupon.execute(coupon.id, user));
    if (step.name === 'cancel') return this.cancel(user);
    if (step.name === 'me') return toldByRequest(await readClaimStatus.execute(coupon.id, user, null));
    const answer = await apis[step.api].requestCoupon.execute(coupon.id, user, shown);
    if (answer.outcome === 'CLAIM' && answer.view.receipt) this.receipts.set(user, answer.view.receipt);
    return toldByRequest(answer);
  }

  private async cancel(user: UserId): Promise<Told> {
    const { coupon, dataSource, takeBackIssue } = this.real;
    const mine = 'coupon_id = ? AND user_id = ?';
    const [row] = await dataSource.query(`SELECT issue_number FROM coupon_issues WHERE ${mine}`, [
      coupon.id,
      user,
    ]);
    if (this.sabotage === 'CANCELS_TWICE')
      await dataSource.query(`UPDATE coupon_issues SET lifecycle = NULL WHERE ${mine}`, [coupon.id, user]);
    // Whoever has no number tries the first, which is another's or nobody's.
    const request = { issueNumber: row?.issue_number ?? 1, owner: user, by: null };
    const command = new TakeBackIssue(coupon.id, request, 'CANCELLED');
    try {
      const { outcome } = await takeBackIssue.execute(command);
      if (outcome === 'NOT_FOUND') return 'NOTHING_TO_CANCEL';
      return outcome === 'TAKEN_BACK' || outcome === 'REPEATED' ? 'CANCELLED' : outcome;
    } catch (cause) {
      if (cause instanceof StoreUnavailable) return 'UNAVAILABLE';
      throw cause;
    }
  }

  private async single(step: Step): Promise<boolean> {
    const known = new Set(this.model.messages.map(({ key }) => key));
    const { partitioned } = this.model;
    const outcome = observe(this.model, step);
    if (!outcome.done) return false;
    this.real.elapsedMs = this.model.now;
    await this.follow(step, outcome.scripts, partitioned);
    await this.captureViews(known);
    return true;
  }

  /** The same step on the servers; `scripts` are the model's calls with their replies. */
  private async follow(step: Step, scripts: readonly ScriptCall[], partitioned: boolean): Promise<void> {
    const { real } = this;
    switch (step.name) {
      case 'read':
        return this.read(step.id, step.max, scripts);
      case 'commit':
        return this.commit(step);
      case 'ack':
        if (step.fault === 'ok') await this.acknowledge(step.id);
        this.consumers[step.id] = { batch: null, settled: [] };
        return;
      case 'probe':
        return this.probe(step.id);
      case 'kill-api':
        this.probes.delete(step.id);
        real.apis[step.id] = real.startApi();
        return;
      case 'kill-consumer':
        this.consumers[step.id] = { batch: null, settled: [] };
        return;
      case 'deliver':
        return partitioned ? undefined : this.deliver(step.key);
      case 'sweep':
        if (!partitioned) await real.sweeper.sweep();
        return;
      case 'shrink':
        return this.shrinker ? this.shrink(this.shrinker, scripts) : this.examineClosedGate();
      case 'reconcile':
        return this.reconciler ? this.driveAgain(this.reconciler, scripts) : this.examineClaims();
      case 'rebuild':
        this.rebuilders.set(step.id, { epoch: (await real.store.mintEpoch(real.coupon.id))! });
        return;
      case 'rebuild-step':
        return this.advanceRebuild(step.id, scripts);
      case 'kill-rebuild':
        return this.abandonRebuild(step.id);
      case 'raise':
        return this.changeTotal(step.by, 'SET');
      case 'lower':
        this.operations.set(step.id, { asked: null });
        return this.changeTotal(-step.by, 'ANNOUNCE');
      case 'adopt':
        this.operations.set(step.id, { asked: null });
        return;
      case 'operation':
        return this.advanceDecrease(step.id, scripts);
      case 'kill-operation':
        this.operations.delete(step.id);
        return;
      case 'pause':
        await real.coupons.moveState(real.coupon.id, 'PAUSED', OPERATOR);
        return;
      case 'resume':
        await real.coupons.moveState(real.coupon.id, 'OPEN', OPERATOR);
        return;
      case 'close':
        await real.coupons.moveState(real.coupon.id, 'CLOSED', OPERATOR);
        return;
      case 'restart-redis':
        return real.restartRedis();
      case 'flushall':
        await real.redis.flushall();
        return;
      case 'mysql':
        real.setMysql(step.up);
        return;
      case 'drop':
      case 'duplicate':
      case 'partition':
      case 'tick':
      case 'newcomer':
        return;
      default:
        throw new Error(`The product has no step ${step.name}`);
    }
  }

  // ---- Consumers -----------------------------------------------------------------------------------

  private async read(id: ProcessId, max: number, scripts: readonly ScriptCall[]): Promise<void> {
    const queue = this.real.queues[id];
    const { shard } = this.real.coupon;
    await queue.reclaim(shard, 0);
    const pending = await queue.readOwnPending(shard, '0', FULL_ENTRY - 1 + max);
    const missing = max - (pending?.entries.length ?? 0);
    const fresh = missing > 0 ? await queue.readNew(shard, FULL_ENTRY - 1 + missing) : null;
    const entries = [...(pending?.entries ?? []), ...(fresh?.entries ?? [])];
    const batch: QueueBatch = {
      shard,
      entries,
      unreadable: [],
      epochs: (fresh ?? pending)!.epochs,
      lastId: '',
    };
    const call = scripts.find((script) => script.script === 'readBatch');
    const expected = call?.reply?.batch.map(({ user }) => user).join() ?? 'nothing';
    const users = entries.flatMap((entry) => entry.claims.map(({ userId }) => userId)).join();
    if (users !== expected) throw new Error(`read: the model reads ${expected}, the product ${users}`);
    this.consumers[id] = { batch, settled: [] };
  }

  private async commit({ id, fault }: Step<'commit'>): Promise<void> {
    const consumer = this.consumers[id];
    const { batch } = consumer;
    if (!batch) throw new Error('commit: the product holds no batch');
    this.real.unitOfWork.fault = fault;
    try {
      const { leftAlone } = await this.real.store.settle(batch.entries, await this.epochsOf(batch));
      consumer.settled = batch.entries.filter((entry) => !leftAlone.has(entry.id));
      if (consumer.settled.length === 0) consumer.batch = null;
    } catch (cause) {
      // The batch is kept, and tried again.
      if (!(cause instanceof StoreUnavailable)) throw cause;
    } finally {
      this.real.unitOfWork.fault = 'ok';
    }
  }

  private async epochsOf(batch: QueueBatch): Promise<QueueBatch['epochs']> {
    if (this.sabotage !== 'SETTLES_ANY_EPOCH') return batch.epochs;
    const { id } = this.real.coupon;
    return new Map([[id, (await this.real.coupons.find(id))!.epoch]]);
  }

  private async acknowledge(id: ProcessId): Promise<void> {
    const { settled } = this.consumers[id];
    const done = settled.map((entry) => ({
      id: entry.id,
      couponId: entry.couponId,
      claims: entry.claims.length,
    }));
    await this.real.queues[id].acknowledge(this.real.coupon.shard, done);
  }

  // ---- Leases --------------------------------------------------------------------------------------

  /** Sent, executed, received: the stage that the model has come to says which of these it was. */
  private async probe(id: ProcessId): Promise<void> {
    const { coupon, gate } = this.real;
    const { probe } = this.model.apis[id];
    if (probe?.stage === 'toGate') {
      this.probes.set(id, { sentAt: this.model.now, mark: null, offer: null });
      return;
    }
    const own = this.probes.get(id)!;
    if (probe) {
      own.mark = await gate.readLeaseMark(coupon.shard);
      own.offer = await gate.offerLease({ couponId: coupon.id, shard: coupon.shard });
      expectEqual('lease', probe.offer.leasable, own.offer !== null);
      return;
    }
    this.probes.delete(id);
    this.receiveLease(id, own);
    this.compareLeases(id);
  }

  /** Renewed where the mark allows it, so that what it stands for is compared with a lease given anew. */
  private receiveLease(id: ProcessId, { sentAt, mark, offer }: Probe): void {
    const { leases } = this.real.apis[id];
    const at = { couponId: this.real.coupon.id, shard: this.real.coupon.shard };
    if (this.sabotage === 'IGNORES_MARK') mark = this.markTaken[id] ?? mark;
    if (leases.renew(at.shard, mark, sentAt) || !offer) return;
    if (this.sabotage === 'NO_LIST') offer.claims = { mayHold: () => false, bytes: 1 };
    if (this.sabotage === 'KEEPS_LISTS') offer.claims = this.firstList ??= offer.claims;
    leases.take(at, offer, sentAt);
    this.markTaken[id] = offer.mark;
  }

  private compareLeases(id: ProcessId): void {
    const { lease } = this.model.apis[id];
    const { leases } = this.real.apis[id];
    const { now } = this.model;
    for (const user of this.model.clients.keys()) {
      const expected = lease !== null && now < lease.until && !lease.winners.has(user);
      const found = leases.refuses(this.real.coupon.id, user as string as UserId, now);
      expectEqual(`refusing ${user} from memory`, expected, found);
    }
  }

  // ---- Messages ------------------------------------------------------------------------------------

  /** What the row says at the moment in which the model sends a message about it. */
  private async captureViews(known: ReadonlySet<string>): Promise<void> {
    const sent = this.model.messages.filter(({ key, script }) => script === 'setCapacity' && !known.has(key));
    if (sent.length === 0) return;
    const coupon = await this.real.coupons.find(this.real.coupon.id);
    for (const { key } of sent) this.views.set(key, gateView(coupon!));
  }

  private async deliver(key: string): Promise<void> {
    const view = this.views.get(key);
    if (view) {
      await this.real.gate.update([{ view, issuedByV1: [] }]);
      return;
    }
    const user = key.replace('putClaim ', '') as UserId;
    // A view of version 0 is older than any: only the claim is taken.
    await this.real.gate.update([
      { view: { ...gateView(this.real.coupon), version: 0 }, issuedByV1: [user] },
    ]);
  }

  // ---- Total ---------------------------------------------------------------------------------------

  /** What the model allows and the product does not: another total while one is announced, or after the close. */
  private async mayChangeTotal(by: number): Promise<boolean> {
    const { row, up } = this.model.mysql;
    const isRefused = row.state === 'CLOSED' || row.pendingTotal !== null;
    if (!up || !isRefused) return true;
    const { coupons, coupon } = this.real;
    const total = row.total + by;
    const { decision } = (await coupons.changeTotal(coupon.id, total, OPERATOR))!;
    if (decision.outcome !== 'REFUSED' && decision.outcome !== 'ANNOUNCED_BEFORE')
      throw new Error(`a total of ${total}: ${decision.outcome}`);
    return false;
  }

  private async changeTotal(by: number, expected: 'SET' | 'ANNOUNCE'): Promise<void> {
    const { coupons, coupon } = this.real;
    const { totalQuantity } = (await coupons.find(coupon.id))!;
    const { decision } = (await coupons.changeTotal(coupon.id, totalQuantity! + by, OPERATOR))!;
    if (decision.outcome !== expected) throw new Error(`a total ${by} more: ${decision.outcome}`);
  }

  private async advanceDecrease(id: string, scripts: readonly ScriptCall[]): Promise<void> {
    const { coupons, gate } = this.real;
    const operation = this.operations.get(id)!;
    const call = scripts.find((made) => made.script === 'setCapacity');
    if (!call) {
      const { asked } = operation;
      this.operations.delete(id);
      await coupons.finishDecrease(this.real.coupon.id, asked!.id, asked!.fits);
      return;
    }
    const coupon = (await coupons.find(this.real.coupon.id))!;
    const [reply] = await gate.update([{ view: gateView(coupon), issuedByV1: [] }]);
    const fits = reply === 'FITS';
    expectEqual('a decrease', call.reply.fits, fits);
    operation.asked = { id: coupon.decrease?.id ?? 0, fits: fits || this.sabotage === 'DECREASES_ALONE' };
  }

  // ---- Reconciliation -------------------------------------------------------------------------------

  private async examineClaims(): Promise<void> {
    const { gate, coupon } = this.real;
    // The first call keeps the present, the second one takes it for the mark.
    await gate.count(coupon.shard, [coupon.id], 0);
    const { gates } = await gate.count(coupon.shard, [coupon.id], 0);
    const at = { couponId: coupon.id, shard: coupon.shard };
    const claims = await allOf(gate.readClaims(at));
    const waiting = new Set((await allOf(gate.readQueued(at))).map(({ userId }) => userId));
    const suspects = claimsBefore(gates[0]!, claims).filter(({ userId }) => !waiting.has(userId));
    this.reconciler = { epoch: gates[0]!.epoch, suspects };
  }

  private async driveAgain({ epoch, suspects }: Reconciler, scripts: readonly ScriptCall[]): Promise<void> {
    const { gate, store, coupon } = this.real;
    const decided = this.sabotage === 'DRIVES_DECIDED';
    const missing = decided ? suspects : await store.findUndecided(coupon.id, suspects);
    // The model's order, which is not that of the buckets.
    const order = scripts.flatMap((call) => (call.script === 'driveAgain' ? [`${call.claim.user}`] : []));
    const inOrder = [...missing].sort((a, b) => order.indexOf(a.userId) - order.indexOf(b.userId));
    await gate.driveAgain({ couponId: coupon.id, shard: coupon.shard }, epoch, inOrder);
    this.reconciler = null;
  }

  // ---- Shrinking ------------------------------------------------------------------------------------

  private async examineClosedGate(): Promise<void> {
    const { gate, store, coupon } = this.real;
    const [counts] = (await gate.count(coupon.shard, [coupon.id], 0)).gates;
    const { epoch, tickets } = counts!;
    const claims = await allOf(gate.readClaims({ couponId: coupon.id, shard: coupon.shard }));
    // A loss that is not settled yet has an entry, which the script looks for.
    const ticketed = claimsToSettle(epoch, claims).filter(({ ticket }) => ticket !== null);
    expectEqual('undecided claims', false, (await store.findUndecided(coupon.id, ticketed)).length > 0);
    this.shrinker = { epoch, tickets };
  }

  private async shrink({ epoch, tickets }: Shrinker, scripts: readonly ScriptCall[]): Promise<void> {
    const { gate, coupon } = this.real;
    const call = scripts.find((made) => made.script === 'shrink')!;
    const at = { couponId: coupon.id, shard: coupon.shard };
    if (this.sabotage === 'SHRINKS_UNCHECKED')
      await this.real.redis.hset(this.real.keys.gate(coupon.shard, coupon.id), 'buckets', 0);
    else expectEqual('a shrink', call.reply, await gate.shrink(at, epoch, tickets));
    this.shrinker = null;
  }

  // ---- Rebuild -------------------------------------------------------------------------------------

  private async advanceRebuild(id: ProcessId, scripts: readonly ScriptCall[]): Promise<void> {
    const { real } = this;
    const rebuilder = this.rebuilders.get(id)!;
    const at = { couponId: real.coupon.id, shard: real.coupon.shard };
    const [call] = scripts;
    switch (call?.script) {
      case 'fence':
        expectEqual('fence', call.reply, await real.gate.fence(at, rebuilder.epoch));
        if (this.sabotage === 'NO_FENCE')
          await real.redis.hdel(real.keys.gate(at.shard, at.couponId), 'fence');
        return;
      case 'readSurvivors':
        rebuilder.survivors = await allOf(real.gate.readSurvivors(at));
        return;
      case 'load':
        // The model loads in two steps; here all is loaded in the first of them.
        if (!rebuilder.built) rebuilder.built = await this.load(at, rebuilder);
        return;
      case 'switchTo': {
        const { given } = this.model.redis.gate ?? { given: 0 };
        if (call.reply) this.offsets.begin(call.epoch, given);
        return expectEqual('switch', call.reply, await real.gate.switchTo(at, rebuilder.built!));
      }
      default:
        // Activation is a transaction, not a script. Where it is refused, the model's rebuilder is idle again.
        rebuilder.rows = (await real.store.activateEpoch(real.coupon.id, rebuilder.epoch)) ?? undefined;
        return expectEqual(
          'activate',
          this.model.rebuilders[id].phase !== 'idle',
          rebuilder.rows !== undefined,
        );
    }
  }

  private async load(at: GateAddress, { epoch, rows, survivors }: Rebuilder): Promise<BuiltGate> {
    const { coupon } = rows!;
    const staged = { epoch, claimsExpected: claimsExpected(coupon) };
    const page = (async function* () {
      yield survivors!;
    })();
    const stage = await this.real.gate.stage(at, staged);
    const { claims, unsettled } = await loadClaims(rows!, page, stage);
    await rows!.close();
    const built = builtGate(coupon, staged, unsettled, this.model.campaign.times);
    return this.sabotage === 'COUNTS_CLAIMS_LOADED' ? { ...built, admitted: claims } : built;
  }

  private async abandonRebuild(id: ProcessId): Promise<void> {
    const rebuilder = this.rebuilders.get(id);
    if (rebuilder?.rows && !rebuilder.built) await rebuilder.rows.close();
    this.rebuilders.delete(id);
  }

  /** Gives back what rebuilds that never ended still hold. */
  async close(): Promise<void> {
    for (const id of [...this.rebuilders.keys()]) await this.abandonRebuild(id);
  }

  // ---- Comparison ----------------------------------------------------------------------------------

  async compare(): Promise<void> {
    const expected = JSON.stringify(snapshotOfModel(this.model, this.offsets), null, 1);
    const found = JSON.stringify(await snapshotOfServers(this.real), null, 1);
    if (expected !== found) throw new Error(`The model holds ${expected}\nthe servers hold ${found}`);
  }
}

function expectEqual(what: string, model: boolean, product: boolean): void {
  if (model !== product) throw new Error(`${what}: the model says ${model}, the product ${product}`);
}

function textOf(reading: Reading): Told {
  switch (reading.status) {
    case 'ISSUED':
      return `ISSUED ${reading.number}`;
    case 'REJECTED':
      return `REJECTED ${reading.reason}`;
    case 'REFUSED':
      return `REFUSED ${reading.refusal}`;
    default:
      return reading.status;
  }
}

function toldByIssue(answer: IssueAnswer): Told {
  switch (answer.outcome) {
    case 'ISSUED':
    case 'REPEATED':
      return `ISSUED ${answer.issue.issueNumber}`;
    default:
      return toldByRequest(answer);
  }
}

function toldByRequest(
  answer: Exclude<IssueAnswer, { outcome: 'ISSUED' | 'REPEATED' }> | RequestAnswer | StatusAnswer,
): Told {
  switch (answer.outcome) {
    case 'ISSUED_BY_V1':
      return `ISSUED ${answer.issue.issueNumber}`;
    case 'REFUSED':
      return `REFUSED ${answer.code}`;
    case 'CLAIM': {
      const { issue, status } = answer.view;
      if (issue?.status === 'ISSUED') return `ISSUED ${issue.issueNumber}`;
      return issue ? `REJECTED ${issue.reason}` : status;
    }
    default:
      return answer.outcome;
  }
}
