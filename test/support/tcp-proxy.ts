/** A wire between two programs that a test can cut or hold, at a moment that it chooses. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestScope } from './server-process.ts';

export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection as soon as something that contains `word` is sent through it. */
  cutAt(word: string | null): void;
  /** Nothing gets through the connections that there are, and nobody is told; new ones work. */
  hold(): void;
  /** Nothing gets through any connection, new ones included, until it is joined again. */
  part(): void;
  join(): void;
  /** From now on everything takes so much longer in each direction. */
  delay(ms: number): void;
}

export async function startTcpProxy(t: TestScope, host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let cutWord: string | null = null;
  let isParted = false;
  let delayMs = 0;
  const forward = (chunk: Buffer, to: Socket) => {
    if (delayMs === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), delayMs);
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.on('data', (chunk) => {
      forward(chunk, far);
      // It has arrived: only the answer is lost.
      if (cutWord !== null && chunk.includes(cutWord)) near.destroy();
    });
    far.on('data', (chunk) => forward(chunk, near));
    if (isParted) for (const socket of [near, far]) socket.pause();
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
    part: () => {
      isParted = true;
      for (const socket of sockets) socket.pause();
    },
    join: () => {
      isParted = false;
      for (const socket of sockets) socket.resume();
    },
    delay: (ms) => {
      delayMs = ms;
    },
  };
}
