/** The bytes that each connection sends: written once where they stay the same. */

import type { ChainedWork, Work } from './plan.ts';

/** What one connection sends next. */
export interface RequestSource {
  next(): Buffer;
  /** Told each expected answer; false when it lacks what the next request needs. */
  take(body: () => string): boolean;
}

export function requestsOf(work: Work, connection: number): RequestSource {
  if (work.kind === 'chained') return chained(work, connection);
  const bytes = Buffer.from(roundRobin(work.requests, connection), 'latin1');
  return { next: () => bytes, take: () => true };
}

function chained(work: ChainedWork, connection: number): RequestSource {
  const head = roundRobin(work.heads, connection);
  // A value is used once, so going round would make two connections share it.
  let value = work.first[connection];
  if (value === undefined) throw new Error('there are fewer first values than connections');
  return {
    next: () => {
      const body = `${work.bodyBefore}${value}${work.bodyAfter}`;
      return Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    },
    take: (readBody) => {
      const found: unknown = JSON.parse(readBody())[work.field];
      if (typeof found !== 'string') return false;
      value = found;
      return true;
    },
  };
}

/** A request without a body; `headers` are lines without their end. */
export function getRequest(path: string, headers: readonly string[]): string {
  return ['GET', path].join(' ') + [' HTTP/1.1', ...headers, '', ''].join('\r\n');
}

/** A request with a body. */
export function postRequest(path: string, headers: readonly string[], body: string): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return `${postHead(path, headers)}${length}\r\n\r\n${body}`;
}

/** A POST up to its Content-Length, for {@link ChainedWork}. */
export function postHead(path: string, headers: readonly string[]): string {
  return [`POST ${path} HTTP/1.1`, ...headers, ''].join('\r\n');
}

function roundRobin(texts: readonly string[], index: number): string {
  const text = texts[index % texts.length];
  if (text === undefined) throw new Error('there is nothing to send');
  return text;
}
