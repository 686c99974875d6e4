/**
 * Reads request bodies: JSON of at most 64 KiB in well-formed UTF-8. A lossy decoder would make
 * two different passwords the same one, so bytes that are not UTF-8 are refused.
 */

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpFault } from './faults.ts';

export const MAX_BODY_BYTES = 64 * 1024;

/** How a route reads its body; set in the route's `config`. */
export type BodyReading =
  /** `application/json` or no Content-Type; anything else is 415. */
  | 'json'
  /** JSON whatever the Content-Type says. */
  | 'any_json'
  /** The body and its type are ignored. */
  | 'ignored';

declare module 'fastify' {
  interface FastifyContextConfig {
    body?: BodyReading;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function registerBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    parseBody(request, payload),
  );
  app.addHook('onRequest', async (request) => {
    // Fastify refuses a malformed Content-Type before a parser could say that it does not matter.
    if (readingOf(request) !== 'json') delete request.raw.headers['content-type'];
  });
  // Where there is no body every field is missing, and the answer names the first.
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined) request.body = {};
  });
}

function readingOf(request: FastifyRequest): BodyReading {
  return request.routeOptions.config.body ?? 'json';
}

async function parseBody(request: FastifyRequest, payload: IncomingMessage): Promise<unknown> {
  const reading = readingOf(request);
  if (reading === 'ignored') return undefined;
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    throw new HttpFault('body_too_large');
  }
  if (reading === 'json') requireJsonType(headers['content-type']);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new HttpFault('unsupported_media_type');
  const bytes = await readBytes(payload);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new HttpFault('json_invalid');
  }
}

function requireJsonType(contentType: string | undefined): void {
  if (contentType === undefined) return;
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((word) => word.trim()).find((word) => word.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (type.trim() !== 'application/json' || !isUtf8) throw new HttpFault('unsupported_media_type');
}

async function readBytes(payload: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new HttpFault('body_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
