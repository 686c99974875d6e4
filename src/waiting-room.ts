/**
 * What answers while the database cannot be reached at the start: that the process lives, and that
 * it can do nothing yet. Nothing is let in that would need a credential.
 */

import { createServer, type Server } from 'node:http';
import type { Config } from './config.ts';

const LIVE = JSON.stringify({ status: 'ok' });
const NOT_READY = JSON.stringify({ error: 'Server is busy. Please try again.' });
const NOT_READY_ADMIN = JSON.stringify({
  status: 'error',
  message: 'Server is busy. Please try again.',
});
/** Contract 1 has a form of its own. */
const ADMIN_PATHS = /^\/auth\/(admin|access_token|api_key|enabled)/;

export class WaitingRoom {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws what `listen` fails with */
  static async open({ HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>): Promise<WaitingRoom> {
    const server = createServer((request, response) => {
      const { url = '/' } = request;
      const isLive = /^\/health(\?|$)/.test(url);
      const body = isLive ? LIVE : ADMIN_PATHS.test(url) ? NOT_READY_ADMIN : NOT_READY;
      response.writeHead(isLive ? 200 : 503, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        // The next request is for the server that comes after this one.
        connection: 'close',
        ...(!isLive && { 'retry-after': '1' }),
      });
      response.end(body);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: HOST, port: PORT }, resolve);
    });
    return new WaitingRoom(server);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
