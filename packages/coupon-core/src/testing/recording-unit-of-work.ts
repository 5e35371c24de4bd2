import type { Snapshot } from '../adapters/mysql/snapshot.js';
import { type Transaction, UnitOfWork } from '../adapters/mysql/unit-of-work.js';

export interface SentStatement {
  sql: string;
  values: readonly unknown[];
}

/** Notes every statement of every unit of work and of every snapshot, so that a test can ask the server how it would run them. */
export class RecordingUnitOfWork extends UnitOfWork {
  readonly statements: SentStatement[] = [];

  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return super.run((tx) => work(this.noting(tx)));
  }

  override async openSnapshot(): Promise<Snapshot> {
    const snapshot = await super.openSnapshot();
    const read = snapshot.rows.bind(snapshot);
    return Object.assign(snapshot, {
      rows: <T>(sql: string, values?: readonly unknown[]) => {
        this.statements.push({ sql, values: values ?? [] });
        return read<T>(sql, values);
      },
    });
  }

  private noting(tx: Transaction): Transaction {
    const note = (sql: string, values: readonly unknown[] = []) => this.statements.push({ sql, values });
    return Object.assign(Object.create(tx) as Transaction, {
      rows: <T>(sql: string, values?: readonly unknown[]) => {
        note(sql, values);
        return tx.rows<T>(sql, values);
      },
      write: (sql: string, values?: readonly unknown[]) => {
        note(sql, values);
        return tx.write(sql, values);
      },
      together: <T extends unknown[]>(statements: readonly string[]) => {
        for (const sql of statements) note(sql);
        return tx.together<T>(statements);
      },
      atTheEnd: (statements: readonly string[]) => {
        for (const sql of statements) note(sql);
        tx.atTheEnd(statements);
      },
    });
  }
}
