/** One answer of the server under test, for another server to give in the same bytes. */

import { request } from 'node:http';
import type { MeasuredProcess } from '../processes.ts';

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Node writes these by itself. */
const OWN_HEADERS = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function recordAnswer(
  server: Pick<MeasuredProcess, 'host' | 'port'>,
  { method, path, headers }: RecordedCall,
): Promise<RecordedAnswer> {
  const { host, port } = server;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, method, path, headers }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const status = incoming.statusCode ?? 0;
        resolve({ status, headers: ownHeaders(incoming.rawHeaders), body });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function ownHeaders(raw: readonly string[]): (readonly [string, string])[] {
  const pairs = Array.from(
    { length: raw.length / 2 },
    (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? ''] as const,
  );
  return pairs.filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
}
