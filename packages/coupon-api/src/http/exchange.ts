import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';

/** A request that waits for its answer, whoever has read it: Fastify, or Node's server alone. */
export interface Exchange {
  readonly requestId: string;
  send(answer: Answer): void;
}

/**
 * Head and body leave in one write, and nothing is looked up on the way. For bodies of the hot calls, which are ASCII
 * throughout, so that nothing has to be transcoded either: most of a refusal's time is its writing.
 */
export class PlainExchange implements Exchange {
  readonly requestId: string;

  constructor(
    request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.requestId = requestIdOf(request);
  }

  send({ status, contentType, body, headers }: Answer): void {
    if (this.response.destroyed) return;
    const length = String(body.length);
    const head = ['content-type', contentType, 'content-length', length, REQUEST_ID_HEADER, this.requestId];
    this.response.writeHead(status, headers ? head.concat(headers) : head);
    this.response.end(body, 'latin1');
  }
}

/** The server's hook has set `X-Request-Id` already. */
export class FastifyExchange implements Exchange {
  readonly requestId: string;

  constructor(private readonly reply: FastifyReply) {
    this.requestId = reply.request.id;
  }

  send({ status, contentType, body, headers = [] }: Answer): void {
    this.reply.code(status).header('content-type', contentType);
    for (let i = 0; i < headers.length; i += 2) this.reply.header(headers[i]!, headers[i + 1]!);
    this.reply.send(body);
  }
}
