import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { OutgoingMessage } from './broker.js';
import { Codec } from './codec.js';
import { messageSchema, newMessageId } from './envelope.js';
import {
  CREATE_OUTBOX_LEASES_SQL,
  CREATE_OUTBOX_SQL,
  enqueueSql,
  FILL_OUTBOX_LEASES_SQL,
  OUTBOX_PARTITIONS,
  Outbox,
  type Outgoing,
} from './mysql/outbox.js';
import type { SqlSession } from './mysql/sql-session.js';
import { Relay } from './relay.js';
import { TestDatabase } from './testing/test-database.js';

const codec = new Codec(messageSchema('SAID', 1, z.strictObject({ text: z.string() })));

let database: TestDatabase;
let sent: string[];
let isAway: boolean;

beforeAll(async () => {
  database = await TestDatabase.create([
    CREATE_OUTBOX_SQL,
    CREATE_OUTBOX_LEASES_SQL,
    FILL_OUTBOX_LEASES_SQL,
    'CREATE TABLE counters (id INT PRIMARY KEY, said INT NOT NULL)',
  ]);
});

afterAll(() => database?.drop());

beforeEach(async () => {
  sent = [];
  isAway = false;
  await database.pool.query('DELETE FROM outbox');
  await database.pool.query("UPDATE outbox_leases SET owner = '', held_until = '2000-01-01'");
});

const broker = {
  publish: async (_topic: string, messages: readonly OutgoingMessage[]) => {
    if (isAway) throw new Error('away');
    sent.push(...messages.map(({ value }) => codec.decode(value).body.text));
  },
};
const outboxOf = (owner: string) => new Outbox(database.inTransaction, owner);
const relayOf = (owner: string) => new Relay(outboxOf(owner), broker, 0);

const message = (text: string, key = 'a', sequence: Outgoing['sequence'] = null): Outgoing => ({
  id: newMessageId(),
  type: 'SAID',
  version: 1,
  key,
  sequence,
  occurredAt: Date.now(),
  causation: null,
  correlation: null,
  body: { text },
});
const write = (session: SqlSession, text: string, key?: string) =>
  session.write(enqueueSql('talk', [message(text, key)]));
const say = (text: string, key?: string) =>
  database.inTransaction((session) => write(session, text, key)).then(() => undefined);
/** As many rounds as a relay needs to hold all partitions. */
const rounds = async (relay: Relay) => {
  let published = 0;
  for (let round = 0; round <= OUTBOX_PARTITIONS; round += 1) published += await relay.goRound();
  return published;
};

describe('the outbox', () => {
  it('has what was committed, and nothing of what was rolled back', async () => {
    await say('kept ä \'"\\ 한');
    const rollback = database.inTransaction(async (session) => {
      await write(session, 'never');
      throw new Error('a fault');
    });
    await expect(rollback).rejects.toThrow('a fault');
    await rounds(relayOf('one'));
    expect(sent).toEqual(['kept ä \'"\\ 한']);
  });

  it('counts by the expression, in the transaction of the row', async () => {
    await database.pool.query('REPLACE INTO counters VALUES (7, 41)');
    await database.inTransaction(async (session) => {
      await session.write('UPDATE counters SET said = said + 1 WHERE id = 7');
      await session.write(
        enqueueSql('talk', [message('x', 'a', { sql: 'SELECT said FROM counters WHERE id = 7' })]),
      );
    });
    const [row] = await database.rows<{ message: string }>('SELECT message FROM outbox');
    expect(codec.decode(row!.message).sequence).toBe(42);
  });

  it('says how much waits in it, and since when', async () => {
    const outbox = outboxOf('one');
    expect(await outbox.backlog()).toEqual({ rows: 0, oldestAt: null });
    const before = Date.now();
    await say('first', 'a');
    const between = Date.now();
    await say('second', 'b');
    await say('third', 'a');
    const { rows, oldestAt } = await outbox.backlog();
    expect(rows).toBe(3);
    expect(oldestAt).toBeGreaterThanOrEqual(before);
    expect(oldestAt).toBeLessThanOrEqual(between);
    await rounds(relayOf('one'));
    expect(await outbox.backlog()).toEqual({ rows: 0, oldestAt: null });
  });

  it('is purged of what was published long enough ago, and of nothing else', async () => {
    for (const text of ['old', 'new', 'waiting']) await say(text);
    const set = (text: string, sql: string) =>
      database.pool.query(`UPDATE outbox SET published_at = ${sql} WHERE message LIKE ?`, [`%${text}%`]);
    await set('old', 'UTC_TIMESTAMP(3) - INTERVAL 61 SECOND');
    await set('new', 'UTC_TIMESTAMP(3) - INTERVAL 30 SECOND');
    expect(await outboxOf('one').purge(60, 100)).toBe(1);
    const left = await database.rows<{ message: string }>('SELECT message FROM outbox ORDER BY id');
    expect(left.map((row) => codec.decode(row.message).body.text)).toEqual(['new', 'waiting']);
  });
});

describe('a relay', () => {
  it('sends each row once, those of a key in their order', async () => {
    const texts = Array.from({ length: 30 }, (_, i) => String(i));
    for (const text of texts) await say(text, `key ${Number(text) % 3}`);
    expect(await rounds(relayOf('one'))).toBe(30);
    expect(await rounds(relayOf('one'))).toBe(0);
    for (const key of [0, 1, 2]) {
      expect(sent.filter((text) => Number(text) % 3 === key)).toEqual(
        texts.filter((text) => Number(text) % 3 === key),
      );
    }
  });

  it('finds a row that is committed behind one with a higher id', async () => {
    const relay = relayOf('one');
    const written = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const late = database.inTransaction(async (session) => {
      await write(session, 'late');
      written.resolve();
      await commit.promise;
    });
    await written.promise;
    await say('early');
    await rounds(relay);
    expect(sent).toEqual(['early']);
    commit.resolve();
    await late;
    await rounds(relay);
    expect(sent).toEqual(['early', 'late']);
  });

  it('marks nothing that the broker has not acknowledged', async () => {
    const relay = relayOf('one');
    await say('patient');
    isAway = true;
    await expect(rounds(relay)).rejects.toThrow('away');
    isAway = false;
    expect(await rounds(relay)).toBe(1);
    expect(sent).toEqual(['patient']);
  });

  it('leaves alone what another one holds, and takes over what is free again', async () => {
    const [one, two] = [outboxOf('one'), outboxOf('two')];
    const all = [];
    for (let i = 0; i < OUTBOX_PARTITIONS; i += 1) {
      all.push(i);
      expect(await one.claim()).toEqual(all);
    }
    expect(await two.claim()).toEqual([]);
    await one.release();
    expect(await two.claim()).toEqual([0]);
    expect(await one.claim()).toEqual([1]);
    // The time of a relay that died is over.
    await database.pool.query("UPDATE outbox_leases SET held_until = '2000-01-01' WHERE owner = 'one'");
    expect(await two.claim()).toEqual([0, 1]);
  });
});
