/**
 * Finds out whether bytes are one whole HTTP/1.1 answer, and where its parts are (RFC 9112 §6).
 * Written for a client that has one request on its way at a time: so little is copied that the
 * load generator stays faster than the servers it measures.
 */

const HEAD_END = Buffer.from('\r\n\r\n');
/** `HTTP/1.1 200 ` */
const STATUS_START = 9;
const STATUS_END = 12;
/** A head that is longer is none of the servers that are measured. */
const MAX_HEAD_BYTES = 64 * 1024;

export interface Answer {
  readonly status: number;
  readonly head: string;
  /** Of the bytes given: where the body, still in its chunks if there are any, starts and ends. */
  readonly bodyStart: number;
  readonly end: number;
  readonly isChunked: boolean;
}

/**
 * @returns null while it is not all there
 * @throws MalformedAnswer when it can never become one, or is followed by what nobody asked for
 */
export function parseAnswer(bytes: Buffer): Answer | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) {
    if (bytes.length > MAX_HEAD_BYTES) throw new MalformedAnswer('has no end of its head');
    return null;
  }
  const head = bytes.toString('latin1', 0, headEnd + 2);
  const status = Number(head.slice(STATUS_START, STATUS_END));
  if (!head.startsWith('HTTP/1.1 ') || !(status >= 200 && status <= 599)) {
    throw new MalformedAnswer(`starts with "${head.slice(0, 20)}"`);
  }
  const bodyStart = headEnd + HEAD_END.length;
  const hasBody = status !== 204 && status !== 304;
  const length = hasBody ? headerOf(head, 'content-length') : '0';
  const isChunked = length === null && headerOf(head, 'transfer-encoding') === 'chunked';
  const end = isChunked ? endOfChunks(bytes, bodyStart) : bodyStart + readLength(length);
  if (end === null || end > bytes.length) return null;
  if (end < bytes.length) throw new MalformedAnswer('is longer than it says');
  return { status, head, bodyStart, end, isChunked };
}

export class MalformedAnswer extends Error {
  constructor(what: string) {
    super(`an answer ${what}`);
  }
}

/** The value of the first header of that name (given in lower case), or null. */
export function headerOf(head: string, name: string): string | null {
  const start = findHeader(head, name);
  return start < 0 ? null : head.slice(start, head.indexOf('\r\n', start)).trim();
}

/** The body as text, without the framing of its chunks. */
export function bodyText(bytes: Buffer, { bodyStart, end, isChunked }: Answer): string {
  if (!isChunked) return bytes.toString('utf8', bodyStart, end);
  const parts: Buffer[] = [];
  let at = bodyStart;
  for (;;) {
    const chunk = chunkAt(bytes, at);
    if (chunk === null || chunk.size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(bytes.subarray(chunk.start, chunk.start + chunk.size));
    at = chunk.start + chunk.size + 2;
  }
}

/** Where the value starts, or -1. Nearly all servers write names in one of two ways. */
function findHeader(head: string, name: string): number {
  const titled = name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  for (const spelling of [name, titled]) {
    const at = head.indexOf(`\r\n${spelling}:`);
    if (at >= 0) return at + name.length + 3;
  }
  const at = head.toLowerCase().indexOf(`\r\n${name}:`);
  return at < 0 ? -1 : at + name.length + 3;
}

function readLength(length: string | null): number {
  if (length !== null && /^\d+$/.test(length)) return Number(length);
  throw new MalformedAnswer('does not say how long it is');
}

function endOfChunks(bytes: Buffer, bodyStart: number): number | null {
  let at = bodyStart;
  for (;;) {
    const chunk = chunkAt(bytes, at);
    if (chunk === null) return null;
    at = chunk.start + chunk.size + 2;
    // No server that is measured sends trailers.
    if (chunk.size === 0) return at;
  }
}

function chunkAt(bytes: Buffer, at: number): { start: number; size: number } | null {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return null;
  const digits = bytes.toString('latin1', at, lineEnd).split(';')[0] ?? '';
  if (!/^[0-9a-f]+$/i.test(digits)) throw new MalformedAnswer('has a chunk of no size');
  return { start: lineEnd + 2, size: Number.parseInt(digits, 16) };
}
