// Looks at a server from outside, as a client would.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { waitUntil } from './waiting.ts';

const host = '127.0.0.1';

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${host}:${port}/health`);
    const body = (await response.json()) as { status?: string };
    return response.status === 200 && body.status === 'ok';
  } catch {
    return false;
  }
}

export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Begins a request and holds back its last byte, so that the server is busy with it. */
export async function holdRequest(port: number): Promise<{ finish: () => Promise<string> }> {
  const body = JSON.stringify({ password: 'not the password' });
  const socket = connect(port, host).setEncoding('utf8');
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (text) => {
    answer += text;
  });
  const closed = once(socket, 'close');
  socket.write(
    `POST /auth/admin/login HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n` +
      'Expect: 100-continue\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`,
  );
  // The server says so when it has read the head: from here on the request is in flight.
  await waitUntil('100 Continue', () => answer.startsWith('HTTP/1.1 100 '));
  return {
    finish: async () => {
      socket.write(body.slice(-1));
      await closed;
      return answer.slice(answer.indexOf('\r\n\r\n') + 4);
    },
  };
}
