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

const COUPON_AT = '/v1/coupons/'.length;
const DIGITS = /^[0-9]{1,16}$/;

/** False where the request is none of these, or more than its head. */
function takeHeadOnly(calls: HotCalls, request: IncomingMessage, response: ServerResponse): boolean {
  const url = request.url!;
  const couponEnd = url.indexOf('/', COUPON_AT);
  const call = callOf(calls, request.method!, url, url.slice(couponEnd));
  if (call === null) return false;
  const couponId = url.slice(COUPON_AT, couponEnd);
  if (!DIGITS.test(couponId) || !isHeadOnly(request)) return false;
  call(new PlainExchange(request, response), couponId, request.headers);
  return true;
}

function callOf(calls: HotCalls, method: string, url: string, behindCoupon: string): HotCall | null {
  const isV2 = url.startsWith('/v2/coupons/');
  if (!isV2 && !url.startsWith('/v1/coupons/')) return null;
  if (method === 'POST' && behindCoupon === '/issues') return isV2 ? calls.requestByV2 : calls.issueByV1;
  return method === 'GET' && isV2 && behindCoupon === '/issues/me' ? calls.ownStatus : null;
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
