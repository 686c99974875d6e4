/** Bytes over a socket, for what no HTTP client would send. */

import { connect } from 'node:net';

export interface RawExchange {
  /** Everything that the server wrote until it closed the connection. */
  readonly text: string;
  readonly status: number;
  readonly body: string;
  /** How many answers there were. */
  readonly answers: number;
}

/**
 * Sends `bytes` and waits until the server closes the connection. Requests after which it would
 * rightly wait for more have to say `Connection: close`.
 */
export function exchange(url: string, bytes: string | Buffer): Promise<RawExchange> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // A reset after the answer is a way to close.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
      const answers = text.match(/HTTP\/1\.1 [1-5]\d\d /g)?.length ?? 0;
      resolve({ text, status, answers, body: text.split('\r\n\r\n').slice(1).join('\r\n\r\n') });
    });
    socket.write(bytes);
  });
}
