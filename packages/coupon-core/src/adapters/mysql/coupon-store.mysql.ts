import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditAction, Operator } from '../../campaign/audit-log.js';
import {
  type ChangedCoupon,
  type CouponList,
  CouponStore,
  type EditResult,
  type QuantityChange,
  type ServedList,
} from '../../campaign/coupon-store.js';
import {
  type Coupon,
  type CouponDefinition,
  type CouponState,
  type GateView,
  gateView,
  type PublishedState,
} from '../../coupon/coupon.js';
import {
  type CouponEdits,
  type DefinitionField,
  decideEdit,
  movesGate,
  picked,
} from '../../coupon/decide-edit.js';
import type { CouponId } from '../../coupon/ids.js';
import { mayMove } from '../../coupon/move-state.js';
import type { ExpectedGate } from '../../issuance/gate.js';
import { writeAudit } from './audit-rows.js';
import { changeTotal, finishDecrease } from './change-total.js';
import {
  COUPON_COLUMNS,
  CouponRow,
  type LookedRow,
  lookCouponsSql,
  toCoupon,
  toReading,
} from './coupon.row.js';
import { lockCoupons } from './coupon-rows.js';
import { campaignChanged, writeEvent } from './event-rows.js';
import { type Transaction, UnitOfWork } from './unit-of-work.js';

const ABANDONED_AFTER_SECONDS = 5;

export const untakenViewsSql = `
  SELECT ${COUPON_COLUMNS} FROM coupons FORCE INDEX (coupons_gate_due)
    WHERE gate_due = 1 AND id > ? ORDER BY id LIMIT ?`;

const SERVED_SQL = `
  SELECT id, shard, epoch FROM coupons FORCE INDEX (coupons_by_state)
    WHERE state = ? AND id < ? AND issue_mode <> 'SYNC' AND admission = 'GATE'
      AND (epoch_built > 0 OR state_moved_at < UTC_TIMESTAMP(3) - INTERVAL ${ABANDONED_AFTER_SECONDS} SECOND)
    ORDER BY id DESC LIMIT ?`;

const LIVE_GATES_SQL = `
  SELECT ${COUPON_COLUMNS} FROM coupons FORCE INDEX (coupons_gate_live)
    WHERE gate_live = 1 AND id > ? ORDER BY id LIMIT ?`;

/**
 * Each index hands over the newest coupons first, so that reading ends with the page. Left to itself, MySQL
 * looks through all coupons for a rare state.
 */
const listSql = (states: readonly CouponState[]): string => `
  SELECT ${COUPON_COLUMNS} FROM coupons FORCE INDEX (${states.length === 1 ? 'coupons_by_state' : 'PRIMARY'})
    WHERE state IN (?) AND id < ? ORDER BY id DESC LIMIT ?`;

const MOVE_ACTIONS: Readonly<Record<PublishedState, AuditAction>> = {
  OPEN: 'OPEN',
  PAUSED: 'PAUSE',
  CLOSED: 'CLOSE',
};
const CHANGED_SQL = `
  SELECT id, version, updated_at AS updatedAt FROM coupons FORCE INDEX (coupons_updated)
    WHERE updated_at >= ? AND (updated_at > ? OR id > ?) ORDER BY updated_at, id LIMIT ?`;

@Injectable()
export class MysqlCouponStore extends CouponStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly unitOfWork: UnitOfWork,
    private readonly shards: number,
  ) {
    super();
  }

  async create(definition: CouponDefinition, by: Operator): Promise<Coupon> {
    const id = await this.unitOfWork.run(async (tx) => {
      const now = new Date();
      const shard = Math.floor(Math.random() * this.shards);
      const columns = {
        ...columnsOf(definition),
        shard,
        created_at: now,
        updated_at: now,
        state_moved_at: now,
      };
      const { insertId } = await tx.write('INSERT INTO coupons (??) VALUES (?)', [
        Object.keys(columns),
        Object.values(columns),
      ]);
      const couponId = insertId as CouponId;
      writeEvent(tx, campaignChanged('CREATED', { ...definition, id: couponId, state: 'DRAFT' }));
      await writeAudit(tx, by, { action: 'CREATE', couponId, before: null, after: { ...definition } });
      return couponId;
    });
    return (await this.find(id))!;
  }

  async find(id: CouponId): Promise<Coupon | null> {
    const row = await this.unitOfWork.reading(() => this.rows.findOneBy({ id }));
    return row && toCoupon(row);
  }

  async look(ids: readonly CouponId[]): Promise<Map<CouponId, { coupon: Coupon; asOf: number }>> {
    const rows: LookedRow[] = await this.unitOfWork.reading(() => this.dataSource.query(lookCouponsSql(ids)));
    return new Map(rows.map(toReading).map((look) => [look.coupon.id, look]));
  }

  async findChanged(updatedAt: number, afterId: CouponId, limit: number): Promise<ChangedCoupon[]> {
    const from = new Date(updatedAt);
    const rows: { id: number; version: number; updatedAt: Date }[] = await this.unitOfWork.reading(() =>
      this.dataSource.query(CHANGED_SQL, [from, from, afterId, limit]),
    );
    return rows.map((row) => ({
      id: Number(row.id) as CouponId,
      version: Number(row.version),
      updatedAt: row.updatedAt.getTime(),
    }));
  }

  async list({ states, limit, beforeId }: CouponList): Promise<Coupon[]> {
    const rows: CouponRow[] = await this.unitOfWork.reading(() =>
      this.dataSource.query(listSql(states), [states, beforeId ?? Number.MAX_SAFE_INTEGER, limit]),
    );
    return rows.map(toCoupon);
  }

  async moveState(
    id: CouponId,
    to: PublishedState,
    by: Operator,
  ): Promise<{ moved: boolean; coupon: Coupon } | null> {
    return this.unitOfWork.run(async (tx) => {
      const coupon = (await lockCoupons(tx, [id])).get(id);
      if (!coupon) return null;
      if (!mayMove(coupon.state, to)) return { moved: false, coupon };
      await tx.write(
        `UPDATE coupons SET state = ?, version = version + 1, gate_version = gate_version + 1,
           updated_at = UTC_TIMESTAMP(3), state_moved_at = UTC_TIMESTAMP(3) WHERE id = ?`,
        [to, id],
      );
      await writeAudit(tx, by, {
        action: MOVE_ACTIONS[to],
        couponId: id,
        before: { state: coupon.state },
        after: { state: to },
      });
      tx.couponChanged(id);
      const { version, gateVersion } = coupon;
      const moved = { ...coupon, state: to, version: version + 1, gateVersion: gateVersion + 1 };
      writeEvent(tx, campaignChanged('MOVED', moved));
      return { moved: true, coupon: moved };
    });
  }

  edit(id: CouponId, edits: CouponEdits, ifVersion: number | null, by: Operator): Promise<EditResult | null> {
    return this.unitOfWork.run(async (tx) => {
      const coupon = (await lockCoupons(tx, [id])).get(id);
      if (!coupon) return null;
      if (ifVersion !== null && ifVersion !== coupon.version) return { outcome: 'VERSION_DIFFERS', coupon };
      const decision = decideEdit(coupon, edits);
      if (decision.outcome !== 'EDITED') return { ...decision, coupon };
      const { changes } = decision;
      const edited = { ...coupon, ...changes, version: coupon.version + 1 };
      if (movesGate(changes)) edited.gateVersion += 1;
      await writeEdit(tx, coupon, edited);
      const before = picked(coupon, Object.keys(changes) as DefinitionField[]);
      await writeAudit(tx, by, { action: 'EDIT', couponId: id, before, after: changes });
      tx.couponChanged(id);
      writeEvent(tx, campaignChanged('EDITED', edited));
      return { ...decision, coupon: edited };
    });
  }

  changeTotal(id: CouponId, total: number | null, by: Operator): Promise<QuantityChange | null> {
    return this.unitOfWork.run((tx) => changeTotal(tx, id, total, by));
  }

  finishDecrease(id: CouponId, decreaseId: number, fits: boolean): Promise<Coupon | null> {
    return this.unitOfWork.run((tx) => finishDecrease(tx, id, decreaseId, fits));
  }

  async findUntakenViews(limit: number, afterId = 0): Promise<GateView[]> {
    const rows: CouponRow[] = await this.unitOfWork.reading(() =>
      this.dataSource.query(untakenViewsSql, [afterId, limit]),
    );
    return rows.map((row) => gateView(toCoupon(row)));
  }

  async findServed({ state, limit, beforeId }: ServedList): Promise<ExpectedGate[]> {
    const rows: { id: string; shard: number; epoch: number }[] = await this.unitOfWork.reading(() =>
      this.dataSource.query(SERVED_SQL, [state, beforeId ?? Number.MAX_SAFE_INTEGER, limit]),
    );
    return rows.map(({ id, shard, epoch }) => ({ couponId: Number(id) as CouponId, shard, epoch }));
  }

  async markTaken(views: readonly GateView[]): Promise<void> {
    if (views.length === 0) return;
    const cases = [...views]
      .sort((a, b) => a.couponId - b.couponId)
      .map((view) => `WHEN ${view.couponId} THEN ${view.version}`);
    await this.unitOfWork.run((tx) =>
      tx.write(
        `UPDATE coupons FORCE INDEX (PRIMARY)
           SET gate_version_taken = GREATEST(gate_version_taken, CASE id ${cases.join(' ')} END)
           WHERE id IN (?)`,
        [views.map((view) => view.couponId)],
      ),
    );
  }

  async findLiveGates(limit: number, afterId: number): Promise<Coupon[]> {
    const rows: CouponRow[] = await this.unitOfWork.reading(() =>
      this.dataSource.query(LIVE_GATES_SQL, [afterId, limit]),
    );
    return rows.map(toCoupon);
  }

  async now(): Promise<number> {
    const [row] = await this.unitOfWork.reading(() =>
      this.dataSource.query<{ now: Date }[]>('SELECT UTC_TIMESTAMP(3) AS now'),
    );
    return row!.now.getTime();
  }

  private get rows() {
    return this.dataSource.getRepository(CouponRow);
  }
}

/** Of what defines the coupon, the columns that differ. */
async function writeEdit(tx: Transaction, before: Coupon, after: Coupon): Promise<void> {
  const columns = columnsOf(before);
  const changed = Object.entries(columnsOf(after)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(columns[name]),
  );
  await tx.write(
    `UPDATE coupons SET ${changed.map(([name]) => `${name} = ?`).join(', ')}, version = ?, gate_version = ?,
       updated_at = UTC_TIMESTAMP(3) WHERE id = ?`,
    [...changed.map(([, value]) => value), after.version, after.gateVersion, after.id],
  );
}

function columnsOf(definition: CouponDefinition): Record<string, unknown> {
  const { discount, metadata } = definition;
  return {
    title: definition.title,
    type: definition.type,
    state: 'DRAFT',
    issue_mode: definition.issueMode,
    admission: definition.admission,
    lock_strategy: definition.lockStrategy,
    total_quantity: definition.totalQuantity,
    discount_kind: discount.kind,
    discount_value: discount.value,
    discount_max: discount.maxDiscount,
    currency: definition.currency,
    min_order_amount: definition.minOrderAmount,
    issue_starts_at: new Date(definition.issueStartsAt),
    issue_ends_at: new Date(definition.issueEndsAt),
    valid_for_days: definition.validForDays,
    expires_at: definition.expiresAt === null ? null : new Date(definition.expiresAt),
    per_user_limit: definition.perUserLimit,
    return_cancelled_units: definition.returnCancelledUnits,
    metadata: metadata === null ? null : JSON.stringify(metadata),
  };
}
