import { Logger } from '@nestjs/common';
import type { Breakers } from './adapters/breakers.js';
import { Connections } from './adapters/connections.js';
import { directRequestTopic } from './adapters/kafka/issue-request-topic.js';
import { RedisGate } from './adapters/redis/gate.redis.js';
import { CouponStore } from './campaign/coupon-store.js';
import type { CouponCache } from './catalog/coupon-cache.js';
import { CouponDoors } from './catalog/coupon-doors.js';
import type { CoreConfig } from './config.js';
import { CouponCore } from './coupon-core.js';
import { ClaimReader } from './issuance/claim-reader.js';
import { CouponLock } from './issuance/coupon-lock.js';
import { DatabaseClock } from './issuance/database-clock.js';
import { FindDecision } from './issuance/find-decision.js';
import { IssueCoupon } from './issuance/issue-coupon.js';
import { IssueReader, IssueStore } from './issuance/issue-store.js';
import { KeepLeases } from './issuance/keep-leases.js';
import { OutageLog } from './issuance/outage-log.js';
import { ReadClaimStatus } from './issuance/read-claim-status.js';
import { Receipts } from './issuance/receipts.js';
import { RequestCoupon } from './issuance/request-coupon.js';
import { RequestInTurn } from './issuance/request-in-turn.js';
import { RequestWithoutGate } from './issuance/request-without-gate.js';
import { SendRequests } from './issuance/send-requests.js';
import { TakeTurns } from './issuance/take-turns.js';

/** The use cases of the API, wired. */
export class WiredCore extends CouponCore {
  private readonly issueCoupon: IssueCoupon;
  private readonly leases: KeepLeases;
  private readonly requestCoupon: RequestCoupon;
  private readonly requestBehindLock: RequestInTurn;
  private readonly directTopic;
  private readonly sendRequests: SendRequests;
  private readonly findDecision: FindDecision;
  private readonly readClaimStatus: ReadClaimStatus;

  constructor(
    config: CoreConfig,
    private readonly connections: Connections,
    private readonly breakers: Breakers,
    coupons: CouponStore,
    store: IssueStore,
    reader: IssueReader,
    private readonly gate: RedisGate,
    lock: CouponLock,
    cache: CouponCache,
  ) {
    super();
    const outage = new OutageLog(new Logger(IssueCoupon.name), 'telling the gate of issues');
    const doors = new CouponDoors(coupons);
    const receipts = new Receipts(config.receiptSecrets);
    const claims = new ClaimReader(reader, receipts);
    this.leases = new KeepLeases(gate);
    const turns = new TakeTurns(doors, lock, gate);
    const clock = new DatabaseClock(coupons);
    this.directTopic = directRequestTopic(config);
    this.sendRequests = new SendRequests(this.directTopic.broker, clock);
    this.findDecision = new FindDecision(this.directTopic.undecided, store);
    const withoutGate = new RequestWithoutGate(
      cache,
      clock,
      claims,
      receipts,
      this.sendRequests,
      this.findDecision,
    );
    this.requestCoupon = new RequestCoupon(doors, gate, claims, receipts, this.leases, store, withoutGate);
    this.requestBehindLock = new RequestInTurn(doors, lock, this.requestCoupon);
    this.issueCoupon = new IssueCoupon(store, gate, claims, turns, this.requestCoupon, withoutGate, (cause) =>
      outage.failed(cause),
    );
    this.readClaimStatus = new ReadClaimStatus(doors, gate, claims, reader, receipts, withoutGate);
  }

  override issue: CouponCore['issue'] = (couponId, userId, trace) =>
    this.issueCoupon.execute(couponId, userId, trace);
  override request: CouponCore['request'] = (couponId, userId, receipt, trace) =>
    this.requestCoupon.execute(couponId, userId, receipt, trace);
  override requestInTurn: CouponCore['requestInTurn'] = (couponId, userId, trace) =>
    this.requestBehindLock.execute(couponId, userId, trace);
  override status: CouponCore['status'] = (couponId, userId, receipt) =>
    this.readClaimStatus.execute(couponId, userId, receipt);
  override health = async () => ({
    ...(await this.connections.health()),
    breakers: { ...this.breakers.states, broker: this.directTopic.state() },
  });

  async close(): Promise<void> {
    this.leases.stop();
    await Promise.all([this.issueCoupon.close(), this.requestBehindLock.close()]);
    // Whoever gets no turn is handed over to the gate, or to the topic, so that these close behind them.
    await Promise.all([this.gate.close(), this.sendRequests.close(), this.findDecision.close()]);
    await this.directTopic.close();
    await this.connections.close();
  }
}
