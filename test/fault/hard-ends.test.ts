/** Ends that somebody or something else stands in the way of. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import Fastify from 'fastify';
import { closeWithin } from '../../src/serve.ts';
import { call } from '../support/http-call.ts';
import { startServerProcess, temporaryFolder } from '../support/server-process.ts';
import { waitUntil } from '../support/waiting.ts';

test('a log that nobody reads does not keep the server from ending on SIGTERM', async (t) => {
  const server = await startServerProcess(t, { DATA_DIR: temporaryFolder(t) });
  server.child.stdout?.pause();
  // Each is a line in the log; together they are more than a pipe and its reader's buffer hold.
  const refuse = () =>
    call(server.url, 'POST', '/auth/admin', { body: {}, headers: { via: 'x'.repeat(16) } });
  for (let round = 0; round < 100; round += 1) {
    const answers = await Promise.all(Array.from({ length: 20 }, refuse));
    assert.ok(answers.every(({ status }) => status === 403));
  }
  server.child.kill('SIGTERM');
  const [code] = await once(server.child, 'exit');
  assert.equal(code, 0);
});

test('a defect ends the process with 1, and its last words are in the log', async (t) => {
  const defect = `process.on('SIGUSR2', () => { throw new Error('a defect') })`;
  const server = await startServerProcess(t, {
    DATA_DIR: temporaryFolder(t),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(defect)}`,
  });
  await waitUntil('the first log line', () => server.stdout().includes('server.started'));
  const { code } = await server.stop('SIGUSR2');
  assert.equal(code, 1);
  const last = server.stdout().trimEnd().split('\n').at(-1) ?? '';
  const line = JSON.parse(last) as { event: string; level: string; err: { message: string } };
  assert.deepEqual([line.event, line.level], ['server.defect', 'fatal']);
  assert.equal(line.err.message, 'a defect');
});

test('a request that goes on for longer than the grace period is cut', async (t) => {
  const app = Fastify({ forceCloseConnections: false });
  let arrived = () => {};
  const isUnderWay = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  app.get('/', async () => {
    arrived();
    await new Promise(() => undefined);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => undefined).resume();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await isUnderWay;
  const cut = once(socket, 'close');
  await closeWithin(app, 50);
  await cut;
});
