/** Answers requests that Node's HTTP parser gave up on; no route has seen them. */

import type { Socket } from 'node:net';
import { unreadableAnswer } from './refusals.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { STATUS_CODES } from './status-texts.ts';

const STATUS_BY_CODE: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/** What the parser tells; `rawPacket` is the last piece that it was given. */
type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: unknown };

export function answerParserError(error: ParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE[error.code ?? ''] ?? 400;
  const reason = STATUS_CODES[status] ?? 'Bad Request';
  const answer = unreadableAnswer(targetIn(error.rawPacket), status, reason);
  const body = JSON.stringify(answer.body);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(body),
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`);
}

/** The request's target if the faulty piece still begins with it; it decides the error's form. */
function targetIn(packet: unknown): string {
  const start = Buffer.isBuffer(packet) ? packet.subarray(0, 256).toString('latin1') : '';
  return /^[A-Z-]+ (\S+)/.exec(start)?.[1] ?? '';
}
