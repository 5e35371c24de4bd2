import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { answerBeforeRouter } from '../http/answer-before-router.js';
import { FastifyExchange, PlainExchange } from '../http/exchange.js';
import type { HotCall, HotCalls } from './hot-calls.js';
import { ISSUE_BY_V1, type IssuanceCall, OWN_STATUS, REQUEST_BY_V2 } from './issuance-calls.js';

/**
 * The calls of the rush come in by two ways. A request that brings nothing but its head, as all of a rush do, is
 * taken from Node's server; what needs a parser, or the router's judgement of an odd path, goes through Fastify.
 */
export function registerIssuanceRoutes(server: FastifyInstance, calls: HotCalls): void {
  server.addHook('onClose', () => calls.close());
  const routes: [IssuanceCall, HotCall][] = [
    [ISSUE_BY_V1, calls.issueByV1],
    [REQUEST_BY_V2, calls.requestByV2],
    [OWN_STATUS, calls.ownStatus],
  ];
  for (const [{ method, url }, call] of routes) {
    server.route<{ Params: { couponId: string } }>({
      method,
      url,
      handler: ({ params, headers }, reply) => call(new FastifyExchange(reply), params.couponId, headers),
    });
  }
  answerBeforeRouter(server, (request, response) => takeHeadOnly(calls, request, response));
}

const PATH = /^\/v([12])\/coupons\/([0-9]{1,16})\/issues(\/me)?$/;

/** False where the request is none of these, or more than its head. */
function takeHeadOnly(calls: HotCalls, request: IncomingMessage, response: ServerResponse): boolean {
  const path = PATH.exec(request.url!);
  if (path === null || !isHeadOnly(request)) return false;
  const call = callOf(calls, request.method!, path[1]!, path[3] !== undefined);
  if (call === null) return false;
  call(new PlainExchange(request, response), path[2]!, request.headers);
  return true;
}

function callOf(calls: HotCalls, method: string, version: string, isOwnStatus: boolean): HotCall | null {
  if (method === 'POST' && !isOwnStatus) return version === '2' ? calls.requestByV2 : calls.issueByV1;
  return method === 'GET' && isOwnStatus && version === '2' ? calls.ownStatus : null;
}

function isHeadOnly({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  const type = headers['content-type'];
  return (
    (length === undefined || length === '0') &&
    headers['transfer-encoding'] === undefined &&
    (type === undefined || type === 'application/json')
  );
}
