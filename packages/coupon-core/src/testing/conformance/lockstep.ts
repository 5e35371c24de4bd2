import { observe, type ScriptCall, type Step, type World } from 'protocol-model';
import { OPERATOR } from '../a-coupon.js';
import { Consumers } from './consumers.js';
import { GateCare } from './gate-care.js';
import { LeaseProbes } from './lease-probes.js';
import { Messages } from './messages.js';
import { snapshotOfModel, TicketOffsets } from './model-snapshot.js';
import type { Pair, Sabotage } from './pair.js';
import { People } from './people.js';
import { snapshotOfServers } from './real-snapshot.js';
import type { RealWorld } from './real-world.js';
import { Rebuilds } from './rebuilds.js';
import { TotalChanges } from './total-changes.js';

/**
 * Performs each step on the model and then on the servers. A request runs from end to end as one step, through the
 * product's own use cases; consumers, rebuilds, messages and faults are interleaved as the schedule has them.
 */
export class Lockstep {
  private readonly offsets = new TicketOffsets();
  private readonly people: People;
  private readonly consumers: Consumers;
  private readonly messages: Messages;
  private readonly leases: LeaseProbes;
  private readonly totals: TotalChanges;
  private readonly care: GateCare;
  private readonly rebuilds: Rebuilds;

  constructor(
    private readonly model: World,
    private readonly real: RealWorld,
    sabotage: Sabotage | null = null,
  ) {
    const pair: Pair = { model, real, sabotage };
    this.people = new People(pair);
    this.consumers = new Consumers(pair);
    this.messages = new Messages(pair);
    this.leases = new LeaseProbes(pair);
    this.totals = new TotalChanges(pair);
    this.care = new GateCare(pair);
    this.rebuilds = new Rebuilds(pair, this.offsets);
  }

  /** False where the step was not possible; throws where the two differ. */
  async perform(step: Step): Promise<boolean> {
    const known = new Set(this.model.messages.map(({ key }) => key));
    const done = await this.performed(step);
    if (done) await this.messages.capture(known);
    return done;
  }

  private async performed(step: Step): Promise<boolean> {
    switch (step.name) {
      case 'v2':
      case 'v1':
      case 'me':
      case 'cancel':
        return this.people.request(step);
      case 'raise':
        return (await this.totals.mayChange(step.by)) && this.single(step);
      case 'lower':
        return (await this.totals.mayChange(-step.by)) && this.single(step);
      // Parts of requests, which run as a whole here, and what the product does not have (yet).
      case 'advance':
      case 'reconnect':
      case 'dead-letter':
        return false;
      default:
        return this.single(step);
    }
  }

  private async single(step: Step): Promise<boolean> {
    const { partitioned } = this.model;
    const outcome = observe(this.model, step);
    if (!outcome.done) return false;
    this.real.elapsedMs = this.model.now;
    await this.follow(step, outcome.scripts, partitioned);
    return true;
  }

  /** The same step on the servers; `scripts` are the model's calls with their replies. */
  private async follow(step: Step, scripts: readonly ScriptCall[], partitioned: boolean): Promise<void> {
    const { real } = this;
    switch (step.name) {
      case 'read':
        return this.consumers.read(step.id, step.max, scripts);
      case 'commit':
        return this.consumers.commit(step);
      case 'ack':
        if (step.fault === 'ok') await this.consumers.acknowledge(step.id);
        this.consumers.forget(step.id);
        return;
      case 'probe':
        return this.leases.probe(step.id);
      case 'kill-api':
        this.leases.forget(step.id);
        real.apis[step.id] = real.startApi();
        return;
      case 'kill-consumer':
        this.consumers.forget(step.id);
        return;
      case 'deliver':
        return partitioned ? undefined : this.messages.deliver(step.key);
      case 'sweep':
        if (!partitioned) await real.sweeper.sweep();
        return;
      case 'shrink':
        return this.care.shrink(scripts);
      case 'reconcile':
        return this.care.reconcile(scripts);
      case 'rebuild':
        return this.rebuilds.begin(step.id);
      case 'rebuild-step':
        return this.rebuilds.advance(step.id, scripts);
      case 'kill-rebuild':
        return this.rebuilds.abandon(step.id);
      case 'raise':
        return this.totals.change(step.by, 'SET');
      case 'lower':
        this.totals.beginDecrease(step.id);
        return this.totals.change(-step.by, 'ANNOUNCE');
      case 'adopt':
        this.totals.beginDecrease(step.id);
        return;
      case 'operation':
        return this.totals.advanceDecrease(step.id, scripts);
      case 'kill-operation':
        this.totals.forgetDecrease(step.id);
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

  /** Gives back what rebuilds that never ended still hold. */
  close(): Promise<void> {
    return this.rebuilds.close();
  }

  async compare(): Promise<void> {
    const expected = JSON.stringify(snapshotOfModel(this.model, this.offsets), null, 1);
    const found = JSON.stringify(await snapshotOfServers(this.real), null, 1);
    if (expected !== found) throw new Error(`The model holds ${expected}\nthe servers hold ${found}`);
  }
}
