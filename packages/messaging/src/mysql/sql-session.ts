/** Statements inside a transaction that somebody else opened. */
export interface SqlSession {
  rows<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  write(sql: string, values?: readonly unknown[]): Promise<{ affectedRows: number }>;
}

/** Runs the work in a transaction of its own, or in the one that is open, and commits it. */
export type InTransaction = <T>(work: (session: SqlSession) => Promise<T>) => Promise<T>;
