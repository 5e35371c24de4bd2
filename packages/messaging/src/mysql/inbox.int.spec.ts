import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newMessageId } from '../envelope.js';
import { TestDatabase } from '../testing/test-database.js';
import { CREATE_INBOX_SQL, handleOnce, purgeInbox } from './inbox.js';
import type { SqlSession } from './sql-session.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.create([
    CREATE_INBOX_SQL,
    'CREATE TABLE effects (id INT AUTO_INCREMENT PRIMARY KEY)',
  ]);
});

afterAll(() => database?.drop());

const effect = async (session: SqlSession) => void (await session.write('INSERT INTO effects () VALUES ()'));
const effects = async () => (await database.rows('SELECT id FROM effects')).length;
const handle = (id: string, consumer = 'c', work = effect) =>
  handleOnce(database.inTransaction, consumer, id, work);

describe('the inbox', () => {
  it('gives a message its effect once per consumer, however often it comes at the same time', async () => {
    const id = newMessageId();
    const before = await effects();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => handle(id)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await handle(id, 'another')).toBe(true);
    expect(await effects()).toBe(before + 2);
  });

  it('forgets a message whose effect failed', async () => {
    const id = newMessageId();
    const failing = handle(id, 'c', async (session) => {
      await effect(session);
      throw new Error('a fault');
    });
    await expect(failing).rejects.toThrow('a fault');
    const before = await effects();
    expect(await handle(id)).toBe(true);
    expect(await effects()).toBe(before + 1);
  });

  it('is purged of what was handled long enough ago', async () => {
    const [old, young] = [newMessageId(), newMessageId()];
    await handle(old, 'purged');
    await database.pool.query(
      "UPDATE inbox SET handled_at = UTC_TIMESTAMP(3) - INTERVAL 61 SECOND WHERE consumer = 'purged'",
    );
    await handle(young, 'purged');
    expect(await purgeInbox(database.inTransaction, 60, 100)).toBe(1);
    expect([await handle(old, 'purged'), await handle(young, 'purged')]).toEqual([true, false]);
  });
});
