/**
 * Reads request bodies: JSON or forms of at most 64 KiB in well-formed UTF-8. A lossy decoder
 * would make two different passwords the same one, so bytes that are not UTF-8 are refused. Many
 * users at once are lines of up to 1 MiB, whose faults are each line's own.
 */

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import { HttpFault } from './faults.ts';

export const MAX_BODY_BYTES = 64 * 1024;
/** Of lines. */
export const MAX_LINES_BYTES = 1024 * 1024;

/** How a route reads its body; set in the route's `config`. */
export type BodyReading =
  /** `application/json` or no Content-Type; anything else is 415. */
  | 'json'
  /** JSON whatever the Content-Type says. */
  | 'any_json'
  /** A form as browsers send it, or JSON as above; anything else is 415. */
  | 'form_or_json'
  /** Bytes of JSON Lines or CSV, or without a type; anything else is 415. */
  | 'lines'
  /** The body and its type are ignored. */
  | 'ignored';

declare module 'fastify' {
  interface FastifyContextConfig {
    body?: BodyReading;
  }
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const LINES_TYPES = ['application/jsonl', 'application/x-ndjson', 'text/csv'];
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function registerBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    parseBody(request, payload),
  );
  app.addHook('onRoute', (route) => {
    const reading = route.config?.body;
    if (reading !== 'any_json' && reading !== 'ignored') return;
    route.onRequest = [forgetContentType, ...[route.onRequest ?? []].flat()];
  });
  // Where there is no body every field is missing, and the answer names the first.
  app.addHook('preValidation', (request, _, next) => {
    if (request.body === undefined) request.body = {};
    next();
  });
}

/** Fastify refuses a malformed type before a parser could say that it does not matter. */
const forgetContentType: onRequestHookHandler = (request, _, next) => {
  request.raw.headers['content-type'] = undefined;
  next();
};

function readingOf(request: FastifyRequest): BodyReading {
  return request.routeOptions.config.body ?? 'json';
}

async function parseBody(request: FastifyRequest, payload: IncomingMessage): Promise<unknown> {
  const reading = readingOf(request);
  if (reading === 'ignored') return undefined;
  const { headers } = request;
  const maxBytes = reading === 'lines' ? MAX_LINES_BYTES : MAX_BODY_BYTES;
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const isForm = reading === 'form_or_json' && isFormType(headers['content-type']);
  if (reading !== 'any_json') {
    requireType(headers['content-type'], typesOf(reading, isForm));
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new HttpFault('unsupported_media_type');
  const bytes = await readBytes(payload, maxBytes);
  if (reading === 'lines') return bytes;
  if (bytes.length === 0) return undefined;
  try {
    const text = decoder.decode(bytes);
    return isForm ? parseForm(text) : JSON.parse(text);
  } catch {
    throw new HttpFault('json_invalid');
  }
}

/**
 * Strict where URLSearchParams is lenient: bytes that are no UTF-8 would become U+FFFD there, and
 * a field that comes twice is one thing to us and another to who looked before.
 */
function parseForm(text: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const pair of text.split('&').filter((word) => word !== '')) {
    const [name = '', value = ''] = splitOnce(pair).map((word) =>
      decodeURIComponent(word.replaceAll('+', ' ')),
    );
    if (name in fields) throw new Error('a field of the form came twice');
    fields[name] = value;
  }
  return fields;
}

function splitOnce(pair: string): [string, string] {
  const end = pair.indexOf('=');
  return end === -1 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)];
}

/** Whether the request carries a form as browsers send it. */
export function isFormType(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === FORM_TYPE;
}

function typesOf(reading: BodyReading, isForm: boolean): readonly string[] {
  if (reading === 'lines') return LINES_TYPES;
  return [isForm ? FORM_TYPE : JSON_TYPE];
}

function tooLarge(maxBytes: number): HttpFault {
  return new HttpFault('body_too_large', maxBytes === MAX_LINES_BYTES ? 'lines' : '');
}

function requireType(contentType: string | undefined, expected: readonly string[]): void {
  if (contentType === undefined) return;
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((word) => word.trim()).find((word) => word.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (!expected.includes(type.trim()) || !isUtf8) throw new HttpFault('unsupported_media_type');
}

function readBytes(payload: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What comes after is read and forgotten, as after any refusal.
      if (size > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    payload.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    );
    payload.once('error', reject);
    payload.once('close', () => {
      if (!payload.readableEnded) reject(new HttpFault('bad_request'));
    });
  });
}
