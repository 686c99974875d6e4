/** A wire between two programs that a test can cut or hold, at a moment that it chooses. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestScope } from './server-process.ts';

export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection as soon as something that contains `word` is sent through it. */
  cutAt(word: string | null): void;
  /** From now on nothing gets through, and nobody is told. */
  hold(): void;
}

export async function startTcpProxy(t: TestScope, host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let cutWord: string | null = null;
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.on('data', (chunk) => {
      far.write(chunk);
      // It has arrived: only the answer is lost.
      if (cutWord !== null && chunk.includes(cutWord)) near.destroy();
    });
    far.pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cutAt: (word) => {
      cutWord = word;
    },
    hold: () => {
      for (const socket of sockets) socket.pause();
    },
  };
}
