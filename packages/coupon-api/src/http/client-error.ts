import type { Socket } from 'node:net';
import { PROBLEM_JSON } from './answer.js';
import { problem } from './problem.js';
import { freshRequestId } from './request-id.js';

/** Answers what Node's parser refuses before there is a request: bad syntax, over-long URLs and headers, slowness. */
export function answerClientError(cause: Error & { code?: string }, socket: Socket): void {
  if (cause.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const id = freshRequestId();
  const body = JSON.stringify(problem('VALIDATION_FAILED', detailOf(cause.code), id));
  const head = [
    'HTTP/1.1 400 Bad Request',
    `content-type: ${PROBLEM_JSON}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function detailOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'The URL and the headers are too long together.';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'The request did not arrive in time.';
  return 'The request is not valid HTTP/1.1.';
}
