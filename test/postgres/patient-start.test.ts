/** A server whose PostgreSQL is not there yet: it waits, says so, and lets nobody in. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, type TestContext, test } from 'node:test';
import { call } from '../support/http-call.ts';
import { dropTestDatabases, takeTestDatabase } from '../support/postgres-server.ts';
import { launch, temporaryFolder } from '../support/server-process.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { waitUntil } from '../support/waiting.ts';

const PARAMS_KEY = 'w8Xy1ZaB2cD3eF4gH5iJ6kL7mN8oP9qR';

after(dropTestDatabases);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A server that is to use a PostgreSQL where there is none. */
async function launchWithout(t: TestContext) {
  const { url, release } = await takeTestDatabase();
  t.after(release);
  const [databasePort, port] = [await freePort(), await freePort()];
  const target = new URL(url);
  const elsewhere = new URL(url);
  elsewhere.host = `127.0.0.1:${databasePort}`;
  const running = launch(['serve'], {
    PORT: String(port),
    DATA_DIR: temporaryFolder(t),
    DATABASE_URL: elsewhere.href,
    PARAMS_KEY,
  });
  t.after(() => void running.child.kill('SIGKILL'));
  const server = `http://127.0.0.1:${port}`;
  const statusOf = (path: string) =>
    call(server, 'GET', path).then(
      ({ status }) => status,
      () => 0,
    );
  const startDatabase = async () => {
    const wire = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.pipe(far).pipe(near);
    }).listen(databasePort, '127.0.0.1');
    t.after(() => wire.close());
    await once(wire, 'listening');
  };
  return { running, server, statusOf, startDatabase };
}

test('it lives and is not ready until the database is there, and then it is', async (t) => {
  const { running, server, statusOf, startDatabase } = await launchWithout(t);
  await waitUntil('the first answer', async () => (await statusOf('/health')) === 200);
  const refused = { body: { password: ADMIN_PASSWORD } };
  const ready = await call(server, 'GET', '/ready');
  assert.equal(ready.status, 503);
  assert.equal(ready.headers['retry-after'], '1');
  const user = await call(server, 'POST', '/api/auth/login', refused);
  assert.deepEqual([user.status, Object.keys(user.json)], [503, ['error']]);
  const admin = await call(server, 'POST', '/auth/admin', refused);
  assert.deepEqual([admin.status, Object.keys(admin.json)], [503, ['status', 'message']]);
  await waitUntil('its log', () => running.stdout().includes('server.database_unreachable'));
  assert.ok(!running.stdout().includes(PARAMS_KEY));
  await startDatabase();
  await waitUntil('readiness', async () => (await statusOf('/ready')) === 200);
  const greeting = /^Its data is in postgres:\/\/\S+$/m;
  await waitUntil('the greeting', () => greeting.test(running.stderr()));
  assert.equal((await call(server, 'POST', '/auth/admin', refused)).status, 200);
  running.child.kill('SIGTERM');
  assert.deepEqual(await once(running.child, 'exit'), [0, null]);
});

test('it ends with 0 when it is told to while it waits', async (t) => {
  const { running, statusOf } = await launchWithout(t);
  await waitUntil('the first answer', async () => (await statusOf('/health')) === 200);
  running.child.kill('SIGTERM');
  assert.deepEqual(await once(running.child, 'exit'), [0, null]);
});

test('what waiting cannot mend ends it at once, with one line', async (t) => {
  const { url, release } = await takeTestDatabase();
  t.after(release);
  const missing = new URL(url);
  missing.pathname = '/there_is_no_such_database';
  const settings = { PORT: '0', DATA_DIR: temporaryFolder(t), PARAMS_KEY };
  const { child, stderr } = launch(['serve'], { ...settings, DATABASE_URL: missing.href });
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(stderr(), /^sallyport: \S+ cannot be opened: .*does not exist\n$/);
});
