import Fastify, { type FastifyInstance } from 'fastify';
import { answerClientError } from './client-error.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { sendProblem } from './send-problem.js';

export const BODY_BYTES_MAX = 8_192;
const PARAMETER_CHARACTERS_MAX = 100;
/** For the whole request to arrive, headers and body. */
const REQUEST_ARRIVAL_MS_MAX = 10_000;
const CONNECTION_CHECK_MS = 1_000;
/** Longer than the usual 60 s of load balancers, so that it is never our side that closes a connection in use. */
const KEEP_ALIVE_MS = 72_000;

const URL_FAULTS: Readonly<Record<string, string>> = {
  FST_ERR_MAX_PARAM_LENGTH: `A part of the path is longer than ${PARAMETER_CHARACTERS_MAX} characters.`,
};

/** Fastify with this API's limits, where everything it refuses by itself is a problem as well. It logs nothing. */
export function createServer(): FastifyInstance {
  const server = Fastify({
    logger: false,
    genReqId: requestIdOf,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_ARRIVAL_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Nest connects to the databases while it is added; their own limits of time apply.
    pluginTimeout: 0,
    http: { headersTimeout: REQUEST_ARRIVAL_MS_MAX, connectionsCheckingInterval: CONNECTION_CHECK_MS },
    // Requests on open connections are served until the last one is through; they are told to close behind them.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    frameworkErrors: (error, request, reply) => {
      reply.header(REQUEST_ID_HEADER, request.id);
      sendProblem(reply, 'VALIDATION_FAILED', URL_FAULTS[error.code] ?? 'The URL is not valid.');
    },
    clientErrorHandler: answerClientError,
  });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  acceptJsonOnly(server);
  return server;
}

/** Clients that always send a content type may leave out the body of a call that needs none. */
function acceptJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}
