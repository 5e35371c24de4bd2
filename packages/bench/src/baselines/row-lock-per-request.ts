import fastify from 'fastify';
import { createPool, type PoolConnection, type RowDataPacket } from 'mysql2/promise';
import { issueSchema, problemSchema } from './answer-schemas.js';
import { callerOf } from './caller.js';
import { serveBaseline } from './serve-baseline.js';

/**
 * The usual answer to "never more than there are": each request locks the coupon's row in a transaction of its own.
 * Exact as well, and as fast as commits on one row can follow each other. It has as many connections as the system.
 */
const CONNECTIONS = 10;

const pool = createPool({ uri: process.env.MYSQL_URL!, connectionLimit: CONNECTIONS, timezone: 'Z' });

/** Answers the issue number; null: sold out. */
async function issue(couponId: number, userId: string, at: Date): Promise<number | null> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const issueNumber = await issueUnderLock(connection, couponId, userId, at);
    await connection.commit();
    return issueNumber;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

async function issueUnderLock(
  connection: PoolConnection,
  couponId: number,
  userId: string,
  at: Date,
): Promise<number | null> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT total_quantity, issued_quantity FROM bench_coupons WHERE id = ? FOR UPDATE',
    [couponId],
  );
  const coupon = rows[0];
  if (!coupon || coupon.issued_quantity >= coupon.total_quantity) return null;
  const issueNumber = Number(coupon.issued_quantity) + 1;
  await connection.query(
    "INSERT INTO bench_issues (coupon_id, user_id, status, issue_number, issued_at) VALUES (?, ?, 'ISSUED', ?, ?)",
    [couponId, userId, issueNumber, at],
  );
  await connection.query('UPDATE bench_coupons SET issued_quantity = issued_quantity + 1 WHERE id = ?', [
    couponId,
  ]);
  return issueNumber;
}

const server = fastify({ logger: false });
server.post<{ Params: { couponId: string } }>(
  '/v1/coupons/:couponId/issues',
  { schema: { response: { 201: issueSchema, 401: problemSchema, 409: problemSchema } } },
  async ({ params, headers }, reply) => {
    const userId = callerOf(headers);
    if (userId === null) return reply.code(401).send({ code: 'UNAUTHENTICATED' });
    const couponId = Number(params.couponId);
    const issuedAt = new Date();
    const issueNumber = await issue(couponId, userId, issuedAt);
    if (issueNumber === null) return reply.code(409).send({ code: 'SOLD_OUT' });
    return reply.code(201).send({ couponId, userId, status: 'ISSUED', issueNumber, issuedAt });
  },
);

await serveBaseline(server);
