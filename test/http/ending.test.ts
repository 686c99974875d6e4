import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startTestServer } from '../support/test-server.ts';

test('a request that had begun before the end is answered, and its connection closed', async () => {
  const server = await startTestServer();
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  let answer = '';
  socket.on('data', (text: string) => {
    answer += text;
  });
  const closed = once(socket, 'close');
  // Answered, so it is known to have been accepted; the second request is only half there.
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ready HTTP/1.1\r\n');
  await once(socket, 'data');
  answer = '';
  const ended = server.close();
  socket.write('Host: localhost\r\n\r\n');
  await closed;
  await ended;
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nconnection: close\r\n/i);
});

test('a connection on which nothing was asked does not keep the server from ending', async () => {
  const server = await startTestServer();
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // Answered on another one, so that this one is known to have been accepted.
  await server.call('GET', '/health');
  const closed = once(socket, 'close');
  await server.close();
  await closed;
});
