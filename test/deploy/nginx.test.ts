/** deploy/nginx.conf in a real nginx, with its addresses and paths replaced and nothing else. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { type CallOptions, call } from '../support/http-call.ts';
import { findFreePort, nginxFolder, runNginx } from '../support/nginx.ts';
import { temporaryFolder } from '../support/server-process.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/waiting.ts';

const CONFIGURATION = readFileSync(join(import.meta.dirname, '../../deploy/nginx.conf'), 'utf8');

/** What was begun before the tests ends after the last one. */
const ends: (() => void)[] = [];
const scope = { after: (end: () => void) => void ends.push(end) };
let servers: TestServer[];
let proxy: { http: string; https: string; log: string };

before(async () => {
  const folder = temporaryFolder(scope);
  const clock = new FakeClock();
  const settings = { TRUSTED_PROXIES: '127.0.0.1/32', LOGIN_FAILURES_PER_MINUTE: '2' };
  servers = [];
  for (let made = 0; made < 2; made += 1) {
    servers.push(await startTestServer({ folder, clock, settings }));
  }
  await servers[0]?.sallyport.admin.create(ADMIN_PASSWORD);
  proxy = await startProxy();
});
after(async () => {
  await Promise.all(servers.map((server) => server.close()));
  for (const end of ends) end();
});

async function startProxy(): Promise<typeof proxy> {
  const folder = nginxFolder();
  const [httpPort, httpsPort] = [await findFreePort(), await findFreePort()];
  makeCertificate(folder);
  const [first = '', second = ''] = servers.map(({ url }) => new URL(url).host);
  const text = [
    [' /tmp/', ` ${folder}/`],
    ['172.31.73.11:6573', first],
    ['172.31.73.12:6573', second],
    ['listen 8080', `listen 127.0.0.1:${httpPort}`],
    ['listen 8443', `listen 127.0.0.1:${httpsPort}`],
    ['/run/secrets/tls_', `${folder}/tls_`],
    ['/dev/stdout', `${folder}/requests.log`],
    ['/dev/stderr', 'stderr'],
  ].reduce((result, [from = '', to = '']) => {
    assert.ok(result.includes(from), `${from} is in nginx.conf`);
    return result.replaceAll(from, to);
  }, CONFIGURATION);
  const http = `http://127.0.0.1:${httpPort}`;
  await runNginx(scope, folder, text, async () => {
    return (await call(http, 'GET', '/proxy-health')).status === 204;
  });
  return { http, https: `https://127.0.0.1:${httpsPort}`, log: join(folder, 'requests.log') };
}

function makeCertificate(folder: string): void {
  const files = ['-keyout', `${folder}/tls_key`, '-out', `${folder}/tls_certificate`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', ...kind, '-subj', '/CN=localhost', ...files], { stdio: 'pipe' });
}

function callProxy(method: string, path: string, options?: CallOptions) {
  return call(proxy.https, method, path, options);
}

/** What all servers say of where failed sign-ins came from. */
function addresses(): (string | undefined)[] {
  return servers.flatMap(({ events }) => events.map(({ origin }) => origin?.address));
}

test('both servers get requests, over TLS', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => callProxy('GET', '/ready')));
  assert.ok(answers.every(({ status }) => status === 200));
  const [strict] = answers.map(({ headers }) => headers['strict-transport-security']);
  assert.match(String(strict), /max-age=\d+/);
  const asked = /127\.0\.0\.1:\d+$/gm;
  const read = () => new Set(readFileSync(proxy.log, 'utf8').match(asked));
  await waitUntil('both servers stand in the log', () => read().size === 2, 5_000);
});

test('plain HTTP leads to HTTPS, and answers nothing else', async () => {
  const { status, headers } = await call(proxy.http, 'GET', '/login?x=1');
  assert.equal(status, 308);
  assert.equal(headers.location, 'https://127.0.0.1/login?x=1');
});

test('limits on both servers together count the client and not what it claims', async () => {
  const guess = async (localAddress: string, forged?: string) => {
    const headers: Record<string, string> =
      forged === undefined
        ? {}
        : { 'x-forwarded-for': forged, 'x-real-ip': forged, forwarded: `for=${forged}` };
    const options = { body: { password: 'a wrong guess' }, headers, localAddress };
    return (await callProxy('POST', '/auth/admin/login', options)).status;
  };
  assert.equal(await guess('127.0.0.2'), 401);
  assert.equal(await guess('127.0.0.2', '203.0.113.9'), 401);
  assert.equal(await guess('127.0.0.2', '203.0.113.8'), 429);
  assert.equal(await guess('127.0.0.3'), 401);
  assert.ok(addresses().includes('127.0.0.2') && addresses().includes('127.0.0.3'));
  assert.ok(!addresses().some((address) => address?.startsWith('203.')));
});

test('an import as large as a server takes reaches it, and a larger one does not', async () => {
  const send = async (bytes: number) => {
    const headers = { 'content-type': 'text/csv', authorization: 'Bearer nobody' };
    const options = { body: 'x'.repeat(bytes), headers };
    return (await callProxy('POST', '/management/users/import?format=csv', options)).status;
  };
  assert.equal(await send(1024 * 1024), 401);
  assert.equal(await send(1024 * 1024 + 1), 413);
});

test('the calls for localhost are refused', async () => {
  const body = { password: '' };
  assert.equal((await callProxy('POST', '/auth/admin', { body })).status, 403);
});

test('a page is of our origin by the name in the address, not by a forged header', async () => {
  const signIn = async (origin: string, forged: Record<string, string> = {}) => {
    const body = new URLSearchParams({ username: 'nobody@example.com', password: 'a guess' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin, ...forged };
    const options = { body: body.toString(), headers, localAddress: '127.0.0.4' };
    return (await callProxy('POST', '/auth/login', options)).status;
  };
  const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
  assert.equal(await signIn('https://evil.example', forged), 403);
  assert.equal(await signIn(proxy.https), 401);
});

test('the log of the proxy leaves out what stands behind the question mark', async () => {
  await callProxy('GET', '/auth/google/callback?code=a-secret-code&state=x');
  const read = () => readFileSync(proxy.log, 'utf8');
  await waitUntil('it is logged', () => read().includes('/auth/google/callback'), 5_000);
  assert.ok(!read().includes('a-secret-code'));
});

test('while one server is away the other one answers everything, POST as well', async () => {
  await servers.pop()?.close();
  const body = { password: ADMIN_PASSWORD };
  for (let round = 0; round < 6; round += 1) {
    const options = { body, localAddress: '127.0.0.5' };
    assert.equal((await callProxy('POST', '/auth/admin/login', options)).status, 200);
    assert.equal((await callProxy('GET', '/ready')).status, 200);
  }
});
