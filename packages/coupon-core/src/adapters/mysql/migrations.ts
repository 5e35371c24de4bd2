import { CREATE_OUTBOX_LEASES_SQL, CREATE_OUTBOX_SQL, FILL_OUTBOX_LEASES_SQL } from 'messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Hand-written and append-only: one statement each, for MySQL 8.4 and later and MariaDB 10.11 and later alike.
 * The class name ends in the moment it was written, which is the order in which migrations run.
 */
abstract class Statement implements MigrationInterface {
  protected abstract readonly sql: string;
  protected abstract readonly undo: string;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(this.sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(this.undo);
  }
}

class CreateCoupons1795219200001 extends Statement {
  protected readonly undo = 'DROP TABLE coupons';
  // The generated column is NULL, and so outside the index, for every coupon whose gate knows all: the sweeper's
  // look-up touches only what is due.
  protected readonly sql = `
    CREATE TABLE coupons (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      title VARCHAR(200) NOT NULL,
      type VARCHAR(40) CHARACTER SET ascii NOT NULL,
      state VARCHAR(8) CHARACTER SET ascii NOT NULL,
      issue_mode VARCHAR(5) CHARACTER SET ascii NOT NULL,
      total_quantity BIGINT UNSIGNED NULL,
      issued_quantity BIGINT UNSIGNED NOT NULL DEFAULT 0,
      issued_by_v1 BIGINT UNSIGNED NOT NULL DEFAULT 0,
      given_back BIGINT UNSIGNED NOT NULL DEFAULT 0,
      returned BIGINT UNSIGNED NOT NULL DEFAULT 0,
      discount_kind VARCHAR(7) CHARACTER SET ascii NOT NULL,
      discount_value BIGINT UNSIGNED NOT NULL,
      discount_max BIGINT UNSIGNED NULL,
      currency CHAR(3) CHARACTER SET ascii NOT NULL,
      min_order_amount BIGINT UNSIGNED NOT NULL,
      issue_starts_at DATETIME(3) NOT NULL,
      issue_ends_at DATETIME(3) NOT NULL,
      valid_for_days INT UNSIGNED NULL,
      expires_at DATETIME(3) NULL,
      per_user_limit SMALLINT UNSIGNED NOT NULL DEFAULT 1,
      return_cancelled_units BOOLEAN NOT NULL DEFAULT FALSE,
      metadata JSON NULL,
      shard SMALLINT UNSIGNED NOT NULL,
      version BIGINT UNSIGNED NOT NULL DEFAULT 1,
      gate_version BIGINT UNSIGNED NOT NULL DEFAULT 1,
      gate_version_taken BIGINT UNSIGNED NOT NULL DEFAULT 0,
      gate_due TINYINT GENERATED ALWAYS AS (
        CASE WHEN gate_version > gate_version_taken AND issue_mode <> 'SYNC' AND state <> 'DRAFT' THEN 1 END
      ) STORED,
      epoch INT UNSIGNED NOT NULL DEFAULT 0,
      epoch_minted INT UNSIGNED NOT NULL DEFAULT 0,
      epoch_built INT UNSIGNED NOT NULL DEFAULT 0,
      created_at DATETIME(3) NOT NULL,
      updated_at DATETIME(3) NOT NULL,
      state_moved_at DATETIME(3) NOT NULL,
      KEY coupons_by_state (state, id),
      KEY coupons_gate_due (gate_due),
      CONSTRAINT coupons_state CHECK (state IN ('DRAFT', 'OPEN', 'PAUSED', 'CLOSED')),
      CONSTRAINT coupons_issue_mode CHECK (issue_mode IN ('SYNC', 'ASYNC', 'BOTH')),
      CONSTRAINT coupons_never_over_issued
        CHECK (total_quantity IS NULL OR issued_quantity <= total_quantity + given_back),
      CONSTRAINT coupons_given_back CHECK (given_back <= issued_quantity),
      CONSTRAINT coupons_issued_by_v1 CHECK (issued_by_v1 <= issued_quantity),
      CONSTRAINT coupons_window CHECK (issue_starts_at < issue_ends_at),
      CONSTRAINT coupons_epoch CHECK (epoch_built <= epoch AND epoch <= epoch_minted)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`;
}

class CreateCouponIssues1795219200002 extends Statement {
  protected readonly undo = 'DROP TABLE coupon_issues';
  // No foreign key to the coupon: under load it turned inserts into deadlocks. The primary key is the guard
  // against a second coupon for one user; the other key is the guard against a number given twice.
  protected readonly sql = `
    CREATE TABLE coupon_issues (
      coupon_id BIGINT UNSIGNED NOT NULL,
      user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      ordinal SMALLINT UNSIGNED NOT NULL DEFAULT 1,
      status ENUM('ISSUED', 'REJECTED') CHARACTER SET ascii NOT NULL,
      issue_number BIGINT UNSIGNED NULL,
      reason VARCHAR(32) CHARACTER SET ascii NULL,
      lifecycle ENUM('USED', 'CANCELLED', 'EXPIRED', 'REVOKED') CHARACTER SET ascii NULL,
      epoch INT UNSIGNED NULL,
      ticket BIGINT UNSIGNED NULL,
      issued_at DATETIME(3) NULL,
      expires_at DATETIME(3) NULL,
      used_at DATETIME(3) NULL,
      PRIMARY KEY (coupon_id, user_id, ordinal),
      UNIQUE KEY coupon_issues_number (coupon_id, issue_number),
      CONSTRAINT coupon_issues_number_if_issued CHECK ((status = 'ISSUED') = (issue_number IS NOT NULL)),
      CONSTRAINT coupon_issues_time_if_issued CHECK ((status = 'ISSUED') = (issued_at IS NOT NULL)),
      CONSTRAINT coupon_issues_reason_if_rejected CHECK ((status = 'REJECTED') = (reason IS NOT NULL)),
      CONSTRAINT coupon_issues_ticket_has_epoch CHECK (ticket IS NULL OR epoch IS NOT NULL)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`;
}

class CreateVoidedTickets1795219200003 extends Statement {
  protected readonly undo = 'DROP TABLE voided_tickets';
  protected readonly sql = `
    CREATE TABLE voided_tickets (
      coupon_id BIGINT UNSIGNED NOT NULL,
      epoch INT UNSIGNED NOT NULL,
      ticket BIGINT UNSIGNED NOT NULL,
      user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      created_at DATETIME(3) NOT NULL,
      PRIMARY KEY (coupon_id, epoch, ticket)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`;
}

class CreateDeadLetters1795219200004 extends Statement {
  protected readonly undo = 'DROP TABLE dead_letters';
  protected readonly sql = `
    CREATE TABLE dead_letters (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      source_key VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      coupon_id BIGINT UNSIGNED NULL,
      payload JSON NOT NULL,
      cause VARCHAR(1000) NOT NULL,
      attempts INT UNSIGNED NOT NULL DEFAULT 1,
      created_at DATETIME(3) NOT NULL,
      updated_at DATETIME(3) NOT NULL,
      UNIQUE KEY dead_letters_source (source_key),
      KEY dead_letters_coupon (coupon_id, id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`;
}

class IndexChangedCoupons1795600000101 extends Statement {
  protected readonly undo = 'DROP INDEX coupons_updated ON coupons';
  protected readonly sql = 'CREATE INDEX coupons_updated ON coupons (updated_at)';
}

class AddLockStrategy1795600000201 extends Statement {
  protected readonly undo =
    'ALTER TABLE coupons DROP CONSTRAINT coupons_lock_strategy, DROP COLUMN lock_strategy';
  protected readonly sql = `
    ALTER TABLE coupons
      ADD COLUMN lock_strategy VARCHAR(11) CHARACTER SET ascii NOT NULL DEFAULT 'row' AFTER issue_mode,
      ADD CONSTRAINT coupons_lock_strategy CHECK (lock_strategy IN ('row', 'distributed'))`;
}

class CreateAuditLog1795600000301 extends Statement {
  protected readonly undo = 'DROP TABLE audit_log';
  protected readonly sql = `
    CREATE TABLE audit_log (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      at DATETIME(3) NOT NULL,
      actor VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      action VARCHAR(32) CHARACTER SET ascii NOT NULL,
      coupon_id BIGINT UNSIGNED NOT NULL,
      value_before JSON NULL,
      value_after JSON NULL,
      request_id VARCHAR(128) CHARACTER SET ascii NOT NULL,
      KEY audit_log_coupon (coupon_id, id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`;
}

class AddAnnouncedDecrease1795600000302 extends Statement {
  protected readonly undo =
    'ALTER TABLE coupons DROP CONSTRAINT coupons_pending_has_id, DROP COLUMN pending_total, DROP COLUMN pending_id';
  protected readonly sql = `
    ALTER TABLE coupons
      ADD COLUMN pending_total BIGINT UNSIGNED NULL,
      ADD COLUMN pending_id BIGINT UNSIGNED NULL,
      ADD CONSTRAINT coupons_pending_has_id CHECK (pending_total IS NULL OR pending_id IS NOT NULL)`;
}

class AddEpochShrunk1795600000601 extends Statement {
  protected readonly undo =
    'ALTER TABLE coupons DROP KEY coupons_gate_live, DROP COLUMN gate_live, DROP COLUMN epoch_shrunk';
  // As with gate_due: only coupons with a gate that holds claims are in the index.
  protected readonly sql = `
    ALTER TABLE coupons
      ADD COLUMN epoch_shrunk INT UNSIGNED NOT NULL DEFAULT 0,
      ADD COLUMN gate_live TINYINT GENERATED ALWAYS AS (CASE WHEN epoch_built > epoch_shrunk THEN 1 END) STORED,
      ADD KEY coupons_gate_live (gate_live)`;
}

class LetDeadLettersBeTriedAgain1795600000901 extends Statement {
  protected readonly undo = `
    ALTER TABLE dead_letters DROP KEY dead_letters_state, DROP KEY dead_letters_due,
      DROP COLUMN state, DROP COLUMN next_attempt_at`;
  protected readonly sql = `
    ALTER TABLE dead_letters
      ADD COLUMN state ENUM('WAITING', 'PERMANENT_FAILURE', 'SETTLED', 'DISCARDED') CHARACTER SET ascii
        NOT NULL DEFAULT 'WAITING' AFTER coupon_id,
      ADD COLUMN next_attempt_at DATETIME(3) NULL AFTER attempts,
      ADD KEY dead_letters_state (state, id),
      ADD KEY dead_letters_due (next_attempt_at, id)`;
}

/** Letters of before: what can be read is tried at the next opportunity. */
class TryEarlierDeadLettersAgain1795600000902 extends Statement {
  protected readonly undo = 'UPDATE dead_letters SET next_attempt_at = NULL';
  protected readonly sql = 'UPDATE dead_letters SET next_attempt_at = created_at WHERE coupon_id IS NOT NULL';
}

/** What nobody can read names no coupon, and giving it up is audited all the same. */
class AuditWritesWithoutACoupon1795600000903 extends Statement {
  protected readonly undo = 'ALTER TABLE audit_log MODIFY coupon_id BIGINT UNSIGNED NOT NULL';
  protected readonly sql = 'ALTER TABLE audit_log MODIFY coupon_id BIGINT UNSIGNED NULL';
}

/** The keys of requests tell apart the rows that one person has of a coupon; null where there is one at the most. */
class AddRequestKey1795600001001 extends Statement {
  protected readonly undo = 'ALTER TABLE coupon_issues DROP COLUMN request_key';
  protected readonly sql = `
    ALTER TABLE coupon_issues
      ADD COLUMN request_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL`;
}

/** A claimant is a person, `#` and a key. */
class NameClaimantsOfVoidedTickets1795600001002 extends Statement {
  protected readonly undo =
    'ALTER TABLE voided_tickets MODIFY user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
  protected readonly sql =
    'ALTER TABLE voided_tickets MODIFY user_id VARCHAR(129) CHARACTER SET ascii COLLATE ascii_bin NOT NULL';
}

class AddEventCount1795600001301 extends Statement {
  protected readonly undo = 'ALTER TABLE coupons DROP COLUMN event_count';
  protected readonly sql = 'ALTER TABLE coupons ADD COLUMN event_count BIGINT UNSIGNED NOT NULL DEFAULT 0';
}

class CreateOutbox1795600001302 extends Statement {
  protected readonly undo = 'DROP TABLE outbox';
  protected readonly sql = CREATE_OUTBOX_SQL;
}

class CreateOutboxLeases1795600001303 extends Statement {
  protected readonly undo = 'DROP TABLE outbox_leases';
  protected readonly sql = CREATE_OUTBOX_LEASES_SQL;
}

class FillOutboxLeases1795600001304 extends Statement {
  protected readonly undo = 'DELETE FROM outbox_leases';
  protected readonly sql = FILL_OUTBOX_LEASES_SQL;
}

/** NULL while a letter is open, so that those that may be purged are all that the index has. */
class AddDecidedAt1795600001501 extends Statement {
  protected readonly undo = 'ALTER TABLE dead_letters DROP KEY dead_letters_decided, DROP COLUMN decided_at';
  protected readonly sql = `
    ALTER TABLE dead_letters
      ADD COLUMN decided_at DATETIME(3)
        GENERATED ALWAYS AS (CASE WHEN state IN ('SETTLED', 'DISCARDED') THEN updated_at END) VIRTUAL,
      ADD KEY dead_letters_decided (decided_at)`;
}

class AddAdmission1795600001601 extends Statement {
  protected readonly undo = 'ALTER TABLE coupons DROP CONSTRAINT coupons_admission, DROP COLUMN admission';
  protected readonly sql = `
    ALTER TABLE coupons
      ADD COLUMN admission VARCHAR(5) CHARACTER SET ascii NOT NULL DEFAULT 'GATE' AFTER issue_mode,
      ADD CONSTRAINT coupons_admission
        CHECK (admission = 'GATE' OR (admission = 'QUEUE' AND issue_mode <> 'SYNC'))`;
}

/** Where there is no gate, none has anything to learn. */
class NeverTellNoGate1795600001602 extends Statement {
  protected readonly undo = gateDueSql("issue_mode <> 'SYNC' AND state <> 'DRAFT'");
  protected readonly sql = gateDueSql("issue_mode <> 'SYNC' AND admission = 'GATE' AND state <> 'DRAFT'");
}

function gateDueSql(condition: string): string {
  return `
    ALTER TABLE coupons MODIFY gate_due TINYINT GENERATED ALWAYS AS (
      CASE WHEN gate_version > gate_version_taken AND ${condition} THEN 1 END
    ) STORED`;
}

export const MIGRATIONS = [
  CreateCoupons1795219200001,
  CreateCouponIssues1795219200002,
  CreateVoidedTickets1795219200003,
  CreateDeadLetters1795219200004,
  IndexChangedCoupons1795600000101,
  AddLockStrategy1795600000201,
  CreateAuditLog1795600000301,
  AddAnnouncedDecrease1795600000302,
  AddEpochShrunk1795600000601,
  LetDeadLettersBeTriedAgain1795600000901,
  TryEarlierDeadLettersAgain1795600000902,
  AuditWritesWithoutACoupon1795600000903,
  AddRequestKey1795600001001,
  NameClaimantsOfVoidedTickets1795600001002,
  AddEventCount1795600001301,
  CreateOutbox1795600001302,
  CreateOutboxLeases1795600001303,
  FillOutboxLeases1795600001304,
  AddDecidedAt1795600001501,
  AddAdmission1795600001601,
  NeverTellNoGate1795600001602,
];
