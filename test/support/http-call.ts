/** One HTTP request with every header under the test's control. */

import { request } from 'node:http';
import { request as requestOverTls } from 'node:https';

export interface CallOptions {
  readonly headers?: Record<string, string | string[]>;
  /** Sent as it is; an object is sent as JSON with its Content-Type unless one is given. */
  readonly body?: string | Buffer | object | undefined;
  readonly bearer?: string | undefined;
  /** The address to call from; every 127.x.y.z is ours. */
  readonly localAddress?: string;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export function call(
  url: string,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<CallAnswer> {
  const { bearer } = options;
  const isObject = typeof options.body === 'object' && !Buffer.isBuffer(options.body);
  const body = isObject ? JSON.stringify(options.body) : (options.body as string | undefined);
  const headers = {
    ...(isObject && { 'content-type': 'application/json' }),
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const { hostname, port, protocol } = new URL(url);
    const isTls = protocol === 'https:';
    // Our own certificate, made for the test, is nobody's that a machine would trust.
    const trust = isTls ? { rejectUnauthorized: false } : {};
    const from = options.localAddress === undefined ? {} : { localAddress: options.localAddress };
    const host = hostname.replace(/^\[|\]$/g, '');
    const outgoing = (isTls ? requestOverTls : request)(
      { host, port, method, path, headers, ...from, ...trust },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = incoming.statusCode ?? 0;
          resolve({ status, headers: incoming.headers, text, json: parseJson(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
