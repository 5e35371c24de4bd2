import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

type Direction = 'commands' | 'replies';

/** Both halves of one connection: the application's and the server's. */
interface Connection {
  application: Socket;
  server: Socket;
  held: Record<Direction, Buffer[]>;
  lastCommand: Buffer;
}

/**
 * Stands between an application and its server and forwards bytes, until it is told to hold them back or to lose
 * replies. A lost reply is one that the server has sent and nobody receives: its connection is cut instead.
 */
export class FaultyLink {
  repliesLost = 0;
  private readonly connections = new Set<Connection>();
  private readonly holding: Record<Direction, boolean> = { commands: false, replies: false };
  private losesReply: (command: Buffer) => boolean = () => false;

  private constructor(
    private readonly listener: Server,
    private readonly targetPort: number,
  ) {
    listener.on('connection', (socket) => this.adopt(socket));
  }

  static async to(targetPort: number): Promise<FaultyLink> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return new FaultyLink(listener, targetPort);
  }

  /** Where the application has to connect to. */
  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  hold(direction: Direction): void {
    this.holding[direction] = true;
  }

  /** Forwards what was held back, in its order. */
  release(direction: Direction): void {
    this.holding[direction] = false;
    for (const connection of this.connections) {
      for (const bytes of connection.held[direction].splice(0)) forward(connection, direction, bytes);
    }
  }

  /**
   * Is asked for each piece that the server sends, with what was sent to it last; where it says yes, the piece and its
   * connection are lost.
   */
  loseReplies(isLost: (command: Buffer) => boolean): void {
    this.losesReply = isLost;
  }

  /** The present connections stay open and silent for ever, as those of a host that vanished; new ones work. */
  strand(): void {
    for (const { application, server } of this.connections) {
      application.removeAllListeners('data').resume();
      server.removeAllListeners('data').resume();
    }
  }

  heal(): void {
    this.losesReply = () => false;
    this.release('commands');
    this.release('replies');
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    for (const connection of this.connections) cut(connection);
    await closed;
  }

  private adopt(application: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.targetPort, noDelay: true });
    application.setNoDelay(true);
    const held = { commands: [], replies: [] };
    const connection: Connection = { application, server, held, lastCommand: Buffer.alloc(0) };
    this.connections.add(connection);
    application.on('data', (bytes) => this.pass(connection, 'commands', bytes));
    server.on('data', (bytes) => this.pass(connection, 'replies', bytes));
    for (const half of [application, server]) {
      // An error is followed by the close, which is what the other half has to learn.
      half.on('error', () => undefined);
      half.on('close', () => {
        this.connections.delete(connection);
        cut(connection);
      });
    }
  }

  private pass(connection: Connection, direction: Direction, bytes: Buffer): void {
    if (direction === 'commands') connection.lastCommand = bytes;
    if (direction === 'replies' && this.losesReply(connection.lastCommand)) {
      this.repliesLost += 1;
      cut(connection);
    } else if (this.holding[direction]) {
      connection.held[direction].push(bytes);
    } else {
      forward(connection, direction, bytes);
    }
  }
}

function forward(connection: Connection, direction: Direction, bytes: Buffer): void {
  const to = direction === 'commands' ? connection.server : connection.application;
  if (to.writable) to.write(bytes);
}

function cut({ application, server }: Connection): void {
  application.destroy();
  server.destroy();
}
