import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from './fault-seed.js';

const PATIENCE_MS_MAX = 4;

/**
 * Connects, sends a request or only the beginning of one, and hangs up: at once or a little later, in order or with
 * a reset.
 */
export async function hangUp(api: URL, path: string, userId: string, dice: Dice): Promise<void> {
  const request = `POST ${path} HTTP/1.1\r\nhost: ${api.host}\r\ncontent-length: 0\r\nx-user-id: ${userId}\r\n\r\n`;
  const sent = dice.next() < 0.8 ? request : request.slice(0, dice.between(1, request.length - 1));
  const patienceMs = dice.between(0, PATIENCE_MS_MAX);
  const inOrder = dice.next() < 0.5;
  const socket = connect({ host: api.hostname, port: Number(api.port), noDelay: true });
  // What becomes of the connection is nobody's concern any more.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
  await sleep(patienceMs);
  if (inOrder) socket.destroy();
  else socket.resetAndDestroy();
  await closed;
}
