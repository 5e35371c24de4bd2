import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultyLink } from './faulty-link.js';
import { until } from './until.js';

let echo: Server;
/** All that reached the server. */
let received: string;
let link: FaultyLink;
const clients: Socket[] = [];

beforeEach(async () => {
  received = '';
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received += bytes.toString();
      socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  link = await FaultyLink.to((echo.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await link.close();
  echo.close();
});

function dial(): { socket: Socket; heard: () => string; isClosed: () => boolean } {
  const socket = connect({ host: '127.0.0.1', port: link.port });
  clients.push(socket);
  let heard = '';
  let closed = false;
  socket.on('data', (bytes) => {
    heard += bytes.toString();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  return { socket, heard: () => heard, isClosed: () => closed };
}

describe('a faulty link', () => {
  it('forwards both ways as long as nothing is wrong', async () => {
    const { socket, heard } = dial();
    socket.write('one');
    await until('it is echoed', () => heard() === 'one');
  });

  it('holds replies back, and then hands them over in their order', async () => {
    const { socket, heard } = dial();
    link.hold('replies');
    socket.write('one');
    await until('the server has it', () => received === 'one');
    socket.write('two');
    await until('the server has both', () => received === 'onetwo');
    expect(heard()).toBe('');
    link.release('replies');
    await until('both are echoed', () => heard() === 'onetwo');
  });

  it('holds commands back', async () => {
    const { socket, heard } = dial();
    socket.write('one');
    await until('it is echoed', () => heard() === 'one');
    link.hold('commands');
    socket.write('two');
    const other = dial();
    other.socket.write('three');
    link.heal();
    await until('all are echoed', () => heard() === 'onetwo' && other.heard() === 'three');
  });

  it('loses a reply together with its connection, after the server has done its work', async () => {
    link.loseReplies((command) => command.includes('two'));
    const { socket, heard, isClosed } = dial();
    socket.write('one');
    await until('it is echoed', () => heard() === 'one');
    socket.write('two');
    await until('the connection is cut', isClosed);
    expect({ received, heard: heard(), lost: link.repliesLost }).toEqual({
      received: 'onetwo',
      heard: 'one',
      lost: 1,
    });
  });

  it('leaves stranded connections open and silent, and serves new ones', async () => {
    const stranded = dial();
    stranded.socket.write('one');
    await until('it is echoed', () => stranded.heard() === 'one');
    link.strand();
    stranded.socket.write('two');
    const fresh = dial();
    fresh.socket.write('three');
    await until('the new one is served', () => fresh.heard() === 'three');
    expect({ received, heard: stranded.heard(), closed: stranded.isClosed() }).toEqual({
      received: 'onethree',
      heard: 'one',
      closed: false,
    });
  });

  it('closes one half when the other is gone', async () => {
    const { socket, heard, isClosed } = dial();
    socket.write('one');
    await until('it is echoed', () => heard() === 'one');
    await link.close();
    await until('it is closed', isClosed);
    link = await FaultyLink.to((echo.address() as AddressInfo).port);
  });
});
