import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../issuance/issue-store.js';
import { TestDatabase } from '../../testing/test-database.js';
import { CommitOutcomeUnknown, type Transaction, UnitOfWork } from './unit-of-work.js';

let database: TestDatabase;
let unitOfWork: UnitOfWork;

beforeAll(async () => {
  database = await TestDatabase.create();
  await database.query('CREATE TABLE marks (id INT PRIMARY KEY, value INT NOT NULL) ENGINE = InnoDB');
  unitOfWork = database.unitOfWork();
});

beforeEach(async () => {
  await database.query('DELETE FROM marks');
  await database.query('INSERT INTO marks VALUES (1, 0), (2, 0)');
});

afterAll(() => database?.drop());

const add = (tx: Transaction, id: number, amount = 1) =>
  tx.write('UPDATE marks SET value = value + ? WHERE id = ?', [amount, id]);
const values = async () =>
  (await database.query<{ value: number }>('SELECT value FROM marks ORDER BY id')).map(({ value }) => value);
const connectionOf = async (tx: Transaction) =>
  (await tx.rows<{ id: number }>('SELECT CONNECTION_ID() AS id'))[0]!.id;
const faultOf = (code: string) => Object.assign(new Error(code), { code });

/** Resolves for each of two parties once both have come. */
function meetingPoint(): () => Promise<void> {
  const both = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === 2) both.resolve();
    return both.promise;
  };
}

describe('a unit of work', () => {
  it('commits what it has written and answers its value', async () => {
    await expect(
      unitOfWork.run(async (tx) => {
        await add(tx, 1);
        await add(tx, 2, 5);
        return 'done';
      }),
    ).resolves.toBe('done');
    expect(await values()).toEqual([1, 5]);
  });

  it('leaves nothing behind when it throws, and throws the same', async () => {
    const cause = new Error('a fault');
    const run = unitOfWork.run(async (tx) => {
      await add(tx, 1);
      throw cause;
    });
    await expect(run).rejects.toBe(cause);
    expect(await values()).toEqual([0, 0]);
  });

  it('leaves nothing behind when it rolls back with a value, and answers the value', async () => {
    await expect(
      unitOfWork.run(async (tx): Promise<string> => {
        await add(tx, 1);
        return tx.rollBackWith('refused');
      }),
    ).resolves.toBe('refused');
    expect(await values()).toEqual([0, 0]);
  });

  it('is joined by calls from inside: one transaction, one connection', async () => {
    const [outer, inner] = await unitOfWork.run(async (tx) => {
      await add(tx, 1);
      const id = await unitOfWork.run(async (same) => {
        await add(same, 2);
        return connectionOf(same);
      });
      return [await connectionOf(tx), id];
    });
    expect(inner).toBe(outer);
    expect(await values()).toEqual([1, 1]);
  });

  it('takes the writes of a joined call with it when the outer one fails', async () => {
    const run = unitOfWork.run(async (tx) => {
      await unitOfWork.run((same) => add(same, 2));
      await add(tx, 1);
      throw new Error('a fault');
    });
    await expect(run).rejects.toThrow('a fault');
    expect(await values()).toEqual([0, 0]);
  });

  it('is its own where two run at the same time', async () => {
    const meet = meetingPoint();
    const one = (id: number) =>
      unitOfWork.run(async (tx) => {
        await meet();
        await add(tx, id);
        return connectionOf(tx);
      });
    const [a, b] = await Promise.all([one(1), one(2)]);
    expect(a).not.toBe(b);
    expect(await values()).toEqual([1, 1]);
  });
});

describe('statements sent together', () => {
  it('answer each its own, also where they begin the transaction', async () => {
    const read = 'SELECT value FROM marks ORDER BY id';
    const [written, rows] = await unitOfWork.run((tx) =>
      tx.together<[{ affectedRows: number }, { value: number }[]]>([
        'UPDATE marks SET value = 7 WHERE id = 2',
        read,
      ]),
    );
    expect([written.affectedRows, rows.map(({ value }) => value)]).toEqual([1, [0, 7]]);
    const [alone] = await unitOfWork.run(async (tx) => {
      await add(tx, 1);
      return tx.together<[{ value: number }[]]>([read]);
    });
    expect(alone.map(({ value }) => value)).toEqual([1, 7]);
  });

  it('end with the first that fails, and leave nothing behind', async () => {
    const run = unitOfWork.run((tx) =>
      tx.together([
        'UPDATE marks SET value = 1 WHERE id = 1',
        'INSERT INTO marks VALUES (1, 5)',
        'UPDATE marks SET value = 1 WHERE id = 2',
      ]),
    );
    await expect(run).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(await values()).toEqual([0, 0]);
  });
});

describe('statements kept for the end', () => {
  const increment = (id: number) => `UPDATE marks SET value = value + 1 WHERE id = ${id}`;

  it('are executed in their order behind all others, and committed', async () => {
    await unitOfWork.run(async (tx) => {
      tx.atTheEnd([increment(1), 'UPDATE marks SET value = value * 10 WHERE id = 1']);
      tx.atTheEnd([increment(2)]);
      await add(tx, 1, 2);
    });
    expect(await values()).toEqual([30, 1]);
  });

  it('are a whole unit of work where there is nothing else', async () => {
    await unitOfWork.run(async (tx) => tx.atTheEnd([increment(2)]));
    expect(await values()).toEqual([0, 1]);
  });

  it('leave nothing behind where one of them is refused, which is then known, and the connection goes on', async () => {
    let used = 0;
    const hints: string[] = [];
    const run = unitOfWork.run(async (tx) => {
      used = await connectionOf(tx);
      tx.afterCommit(() => hints.push('told'));
      tx.atTheEnd([increment(1), 'INSERT INTO marks VALUES (1, 5)', increment(2)]);
    });
    await expect(run).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(hints).toEqual([]);
    expect(await values()).toEqual([0, 0]);
    expect(await connectionsOfThePool()).toContain(used);
  });

  it('are sent again with the whole unit after a deadlock', async () => {
    const meet = meetingPoint();
    let runs = 0;
    const crosswise = (first: number, second: number) =>
      unitOfWork.run(async (tx) => {
        runs += 1;
        await add(tx, first, 10);
        if (runs <= 2) await meet();
        tx.atTheEnd([increment(second)]);
      });
    await Promise.all([crosswise(1, 2), crosswise(2, 1)]);
    expect(runs).toBe(3);
    expect(await values()).toEqual([11, 11]);
  });

  it('are not executed after a roll-back', async () => {
    await unitOfWork.run(async (tx) => {
      tx.atTheEnd([increment(1)]);
      return tx.rollBackWith(null);
    });
    expect(await values()).toEqual([0, 0]);
  });
});

describe('after-commit hints', () => {
  it('run after the outer commit only, in their order', async () => {
    const seen: string[] = [];
    await unitOfWork.run(async (tx) => {
      await unitOfWork.run(async (same) => same.afterCommit(() => seen.push('inner')));
      tx.afterCommit(() => seen.push('outer'));
      await add(tx, 1);
      seen.push('end of the work');
    });
    expect(seen).toEqual(['end of the work', 'inner', 'outer']);
  });

  it('do not run after a roll-back, and not for an attempt that was repeated', async () => {
    const seen: number[] = [];
    let attempts = 0;
    await unitOfWork.run(async (tx) => {
      const attempt = ++attempts;
      tx.afterCommit(() => seen.push(attempt));
      if (attempt < 3) throw faultOf('ER_LOCK_DEADLOCK');
    });
    await unitOfWork.run(async (tx) => {
      tx.afterCommit(() => seen.push(99));
      return tx.rollBackWith(null);
    });
    expect(seen).toEqual([3]);
  });

  it('are never thrown: what was committed has not failed', async () => {
    const before = unitOfWork.lostHints;
    const seen: string[] = [];
    await unitOfWork.run(async (tx) => {
      await add(tx, 1);
      tx.afterCommit(() => {
        throw new Error('nobody listens');
      });
      tx.afterCommit(() => seen.push('the next one'));
    });
    expect(await values()).toEqual([1, 0]);
    expect(seen).toEqual(['the next one']);
    expect(unitOfWork.lostHints).toBe(before + 1);
  });

  it('are outside of the transaction that made them', async () => {
    const later = Promise.withResolvers<void>();
    await unitOfWork.run(async (tx) => {
      tx.afterCommit(() => {
        unitOfWork.run((other) => add(other, 2)).then(() => later.resolve(), later.reject);
      });
    });
    await later.promise;
    expect(await values()).toEqual([0, 1]);
  });
});

describe('locks', () => {
  it('that are taken crosswise end in a deadlock, whose victim is run again as a whole', async () => {
    const meet = meetingPoint();
    let runs = 0;
    const crosswise = (first: number, second: number) =>
      unitOfWork.run(async (tx) => {
        runs += 1;
        await add(tx, first, 10);
        if (runs <= 2) await meet();
        await add(tx, second);
      });
    await Promise.all([crosswise(1, 2), crosswise(2, 1)]);
    expect(runs).toBe(3);
    expect(await values()).toEqual([11, 11]);
  });

  it('that another holds too long are waited for again, from the beginning', async () => {
    const other = await database.session();
    await other.query('START TRANSACTION');
    await other.query('SELECT * FROM marks WHERE id = 2 FOR UPDATE');
    let runs = 0;
    await unitOfWork.run(async (tx) => {
      runs += 1;
      if (runs === 2) await other.query('ROLLBACK');
      await add(tx, 1);
      await tx.write('SET SESSION innodb_lock_wait_timeout = 1');
      await add(tx, 2);
    });
    await other.end();
    expect(runs).toBe(2);
    expect(await values()).toEqual([1, 1]);
  });

  it.each(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'])(
    'are not waited for without end (%s)',
    async (code) => {
      let runs = 0;
      const run = unitOfWork.run(async (tx) => {
        runs += 1;
        await add(tx, 1);
        throw faultOf(code);
      });
      await expect(run).rejects.toThrow(StoreUnavailable);
      expect(runs).toBe(5);
      expect(await values()).toEqual([0, 0]);
    },
  );
});

/** Loses the answer of COMMIT, before the server has it or after it has done it. */
class LosingCommit extends UnitOfWork {
  lose: 'before' | 'after' | null = null;

  protected override async commit(tx: Transaction): Promise<void> {
    if (this.lose === 'before') throw new Error('The connection broke.');
    await super.commit(tx);
    if (this.lose === 'after') throw new Error('The connection broke.');
  }
}

describe('a COMMIT that is not answered', () => {
  it.each([
    ['before', [0, 0]],
    ['after', [1, 0]],
  ] as const)(
    'is of unknown outcome, and its connection is destroyed (%s the server had it)',
    async (when, expected) => {
      const losing = new LosingCommit(database.pool);
      losing.lose = when;
      let broken = 0;
      const hints: string[] = [];
      const run = losing.run(async (tx) => {
        broken = await connectionOf(tx);
        tx.afterCommit(() => hints.push('told'));
        await add(tx, 1);
      });
      await expect(run).rejects.toThrow(CommitOutcomeUnknown);
      await expect(run).rejects.toThrow(StoreUnavailable);
      expect(hints).toEqual([]);
      expect(await connectionsOfThePool()).not.toContain(broken);
      // The row is free again: the server has ended the transaction together with its connection.
      await unitOfWork.run((tx) => add(tx, 1, 0));
      expect(await values()).toEqual(expected);
    },
  );
});

/** Everything that the pool hands out when all of it is asked for at once. */
async function connectionsOfThePool(): Promise<number[]> {
  const COUNT = 10;
  const all = Promise.withResolvers<void>();
  let waiting = 0;
  return Promise.all(
    Array.from({ length: COUNT }, () =>
      unitOfWork.run(async (tx) => {
        const id = await connectionOf(tx);
        waiting += 1;
        if (waiting === COUNT) all.resolve();
        await all.promise;
        return id;
      }),
    ),
  );
}

describe('a connection that breaks in the middle', () => {
  it('is told as an unavailable store, and never comes back from the pool', async () => {
    const other = await database.session();
    let broken = 0;
    const run = unitOfWork.run(async (tx) => {
      broken = await connectionOf(tx);
      await add(tx, 1);
      await other.query(`KILL CONNECTION ${broken}`);
      await add(tx, 2);
    });
    await expect(run).rejects.toThrow(StoreUnavailable);
    await other.end();
    expect(await connectionsOfThePool()).not.toContain(broken);
    expect(await values()).toEqual([0, 0]);
  });
});
