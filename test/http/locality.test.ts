import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { findNotLocalReason } from '../../src/http/locality.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';

const server = await startCheckedServer();
after(() => server.close());
const port = Number(new URL(server.url).port);
const NOT_LOCAL = {
  status: 'error',
  message: 'This endpoint can only be called from localhost',
};

/** A local call gets past the gate and is refused for its empty password instead. */
async function isLocal(headers: Record<string, string>, target: TestServer = server) {
  const body = { password: '' };
  const answer = await target.call('POST', '/auth/admin', { body, headers });
  if (answer.status === 403) assert.deepEqual(answer.json, NOT_LOCAL);
  else assert.equal(answer.status, 400);
  return answer.status === 400;
}

test('a plain call from this machine is local under each of its names', async () => {
  for (const name of ['localhost', '127.0.0.1', '[::1]']) {
    assert.equal(await isLocal({ host: `${name}:${port}` }), true, name);
  }
});

test('any header that a proxy sets makes a call not local', async () => {
  const headers: Record<string, string>[] = [
    { Forwarded: 'for=127.0.0.1' },
    { Via: '1.1 proxy' },
    { 'X-Forwarded-For': '127.0.0.1' },
    { 'x-forwarded-host': 'localhost' },
    { 'X-Forwarded-Proto': 'http' },
    { 'X-Forwarded': 'x' },
    { 'X-FORWARDED-anything': '' },
    { 'X-Real-IP': '127.0.0.1' },
    { 'CF-Connecting-IP': '127.0.0.1' },
    { 'True-Client-IP': '127.0.0.1' },
  ];
  for (const header of headers) assert.equal(await isLocal(header), false, JSON.stringify(header));
});

test('any other Host is not local: names that resolve here, prefixes, other spellings', async () => {
  const hosts = [
    'evil.example.com',
    `evil.example.com:${port}`,
    'localhost',
    '127.0.0.1',
    `localhost:${port + 1}`,
    `localhost.:${port}`,
    `localhost.evil.com:${port}`,
    `127.0.0.1.evil.com:${port}`,
    `127.1:${port}`,
    `0x7f.1:${port}`,
    `0.0.0.0:${port}`,
    `[::ffff:7f00:1]:${port}`,
    `LOCALHOST:${port}`,
    `user@localhost:${port}`,
  ];
  for (const host of hosts) assert.equal(await isLocal({ host }), false, host);
});

test('a page of another origin is not local, and neither is the null origin', async () => {
  const origins = ['https://evil.example.com', 'null', `https://127.0.0.1:${port}`, ''];
  for (const origin of origins) assert.equal(await isLocal({ origin }), false, origin);
  assert.equal(await isLocal({ origin: `http://127.0.0.1:${port}` }), true);
  assert.equal(await isLocal({ origin: `http://localhost:${port}` }), false);
});

test('HTTP/1.0, which proxies speak by default, is not local', async () => {
  const body = '{"password":""}';
  const head = `Host: 127.0.0.1:${port}\r\nContent-Length: ${body.length}`;
  assert.match(await sendRaw(`POST /auth/admin HTTP/1.0\r\n${head}\r\n\r\n${body}`), / 403 /);
  const closing = `${head}\r\nConnection: close`;
  assert.match(await sendRaw(`POST /auth/admin HTTP/1.1\r\n${closing}\r\n\r\n${body}`), / 400 /);
});

test('two Host headers are never local', async () => {
  const hosts = `Host: 127.0.0.1:${port}\r\nHost: evil.example.com`;
  const answer = await sendRaw(
    `POST /auth/admin HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`,
  );
  assert.doesNotMatch(answer, / (200|400 Bad Request\r\n.*password)/);
});

test('a peer that is not on the loopback interface is not local', async () => {
  for (const remoteAddress of [
    '192.168.1.5',
    '10.0.0.1',
    '::ffff:203.0.113.1',
    '2001:db8::1',
    '',
  ]) {
    const request = {
      socket: { remoteAddress, localPort: port },
      rawHeaders: ['Host', `127.0.0.1:${port}`],
      headers: { host: `127.0.0.1:${port}` },
      httpVersion: '1.1',
    } as unknown as IncomingMessage;
    assert.equal(await findNotLocalReason(request), 'remote_peer', remoteAddress);
  }
});

test('a local call can be switched off, and is off behind trusted proxies', async () => {
  for (const settings of [{ LOCAL_ADMIN_CALLS: 'off' }, { TRUSTED_PROXIES: '10.0.0.0/8' }]) {
    const closed = await startCheckedServer({ settings });
    assert.equal(await isLocal({}, closed), false, JSON.stringify(settings));
    await closed.close();
  }
});

test('every refusal of a local call is an event that says why', async () => {
  const before = server.events.length;
  await isLocal({ via: '1.1 x' });
  const [event] = server.events.slice(before);
  assert.equal(event?.name, 'local_call.refused');
  assert.equal(event?.reason, 'proxy_header');
});

/**
 * What nginx with its default proxy_pass sends cannot be told from a local call by its headers;
 * who holds the socket can. Only root can start a process as somebody else; for other users the
 * test shows the documented limit, that a process of our own user is us.
 */
test('a call from a process of another user is not local', async () => {
  const isRoot = process.getuid?.() === 0;
  // The process changes its user itself: the other one may not be able to read our files.
  const script = `
    if (${isRoot}) {
      process.setgid(65534);
      process.setuid(65534);
    }
    fetch('${server.url}/auth/admin', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: '' }),
    }).then((answer) => process.stdout.write(String(answer.status)));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [status] = await once(child.stdout, 'data');
  assert.equal(String(status), isRoot ? '403' : '400');
});

test('fifty calls at once create one admin and cost one hash', async () => {
  const fresh = await startCheckedServer();
  const calls = Array.from({ length: 50 }, () =>
    fresh.call('POST', '/auth/admin', { body: { password: ADMIN_PASSWORD } }),
  );
  const statuses = (await Promise.all(calls)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array(49).fill(409)]);
  assert.equal(fresh.engine.jobs.length, 1);
  await fresh.close();
});

function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
