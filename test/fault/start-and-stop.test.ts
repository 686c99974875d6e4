import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '../support/http-call.ts';
import { runSallyport, startServerProcess, temporaryFolder } from '../support/server-process.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { waitUntil } from '../support/waiting.ts';

/** A start that cannot go on says why in these lines, and nothing else. */
async function assertFault(settings: Record<string, string>, ...lines: RegExp[]): Promise<void> {
  const { code, stdout, stderr } = await runSallyport(['serve'], settings);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  const said = stderr.trimEnd().split('\n');
  assert.equal(said.length, lines.length, stderr);
  for (const [index, line] of lines.entries()) assert.match(said[index] ?? '', line);
}

test('the first start says where it listens, where its data is and what to do next', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServerProcess(t, { DATA_DIR: folder });
  assert.match(server.stderr(), /^Sallyport listens on http:\/\/127\.0\.0\.1:\d+\n/);
  assert.ok(server.stderr().includes(`Its data is in ${folder}\n`));
  assert.match(server.stderr(), /npx sallyport admin create\n/);
  const created = await call(server.url, 'POST', '/auth/admin', {
    body: { password: ADMIN_PASSWORD },
  });
  assert.equal(created.status, 200);
  assert.equal((await call(server.url, 'GET', '/ready')).status, 200);
  await server.stop();
  const again = await startServerProcess(t, { DATA_DIR: folder });
  assert.doesNotMatch(again.stderr(), /no admin yet/);
  assert.equal((await again.stop()).code, 0);
});

test('a server that others can reach in the clear says so in its log', async (t) => {
  const open = await startServerProcess(t, { DATA_DIR: temporaryFolder(t), HOST: '0.0.0.0' });
  await waitUntil('the warning', () => open.stdout().includes('server.without_tls'));
  await open.stop();
  const settings = { HOST: '0.0.0.0', TRUSTED_PROXIES: '10.0.0.0/8' };
  const behind = await startServerProcess(t, { DATA_DIR: temporaryFolder(t), ...settings });
  assert.doesNotMatch(behind.stderr(), /curl/, 'calls for localhost are off behind a proxy');
  await behind.stop();
  assert.ok(!behind.stdout().includes('server.without_tls'));
});

test('a port that is taken is one line', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const line = new RegExp(`^sallyport: PORT ${port} on 127.0.0.1 is taken`);
  await assertFault({ PORT: String(port), DATA_DIR: temporaryFolder(t) }, line);
});

test('a host that is not ours is one line', async (t) => {
  const settings = { HOST: '192.0.2.1', PORT: '0', DATA_DIR: temporaryFolder(t) };
  await assertFault(settings, /^sallyport: HOST 192\.0\.2\.1 is not an address of this machine/);
});

test('a data folder that cannot be written is one line', async (t) => {
  const file = join(temporaryFolder(t), 'a-file');
  writeFileSync(file, '');
  const line = /^sallyport: DATA_DIR .*a-file\/data cannot be written \(ENOTDIR\)/;
  await assertFault({ PORT: '0', DATA_DIR: join(file, 'data') }, line);
});

test('a file that is no database is one line', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'sallyport.db'), 'this is not a database, and long enough to tell');
  const line = /^sallyport: .*sallyport\.db cannot be opened: file is not a database/;
  await assertFault({ PORT: '0', DATA_DIR: folder }, line);
});

test('all bad settings are reported at once, a line each', async (t) => {
  await assertFault(
    { PORT: 'http', BCRYPT_COST: '3', LOGIN_FAILURE_PER_MINUTE: '1', DATA_DIR: temporaryFolder(t) },
    /^sallyport: PORT must be a whole number/,
    /^sallyport: BCRYPT_COST must be a whole number from 10 to 16/,
    /^sallyport: LOGIN_FAILURE_PER_MINUTE is not a setting; did you mean LOGIN_FAILURES_/,
  );
});

test('a first user with an unusable name or password is one line', async (t) => {
  const settings = { PORT: '0', DATA_DIR: temporaryFolder(t), ADMIN_USERNAME: 'root@example.com' };
  const short = { ...settings, ADMIN_PASSWORD: 'short' };
  await assertFault(short, /^sallyport: ADMIN_PASSWORD must have at least 8 characters/);
  const name = { ...settings, ADMIN_USERNAME: 'ab', ADMIN_PASSWORD: 'long enough' };
  await assertFault(name, /^sallyport: ADMIN_USERNAME must have 3 to 50 characters/);
});

test('data and secrets are readable by their owner alone', async (t) => {
  const folder = join(temporaryFolder(t), 'data');
  const server = await startServerProcess(t, { DATA_DIR: folder });
  const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;
  assert.equal(mode('.'), 0o700);
  for (const name of ['sallyport.db', 'sallyport.db-wal', 'server_params.btr']) {
    assert.equal(mode(name), 0o600, name);
  }
  await server.stop();
});

test('on SIGTERM requests in flight are answered, then the log is moved into the database', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServerProcess(t, { DATA_DIR: folder });
  const body = JSON.stringify({ password: ADMIN_PASSWORD });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  const answered = new Promise((resolve) => socket.once('close', resolve));
  const { host } = new URL(server.url);
  const head = `POST /auth/admin HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n`;
  // Two connections, so that the second answer shows that the first request is being read.
  socket.write(head + body.slice(0, 5));
  await call(server.url, 'GET', '/health');
  const stopped = server.stop('SIGTERM');
  server.child.kill('SIGTERM');
  await waitUntil('the server stops', () => server.stdout().includes('server.stopping'));
  socket.write(body.slice(5));
  await answered;
  assert.match(answer, /^HTTP\/1\.1 200 OK/);
  assert.equal((await stopped).code, 0);
  assert.equal(existsSync(join(folder, 'sallyport.db-wal')), false);
});

test('a password hash that is still being worked out is waited for on SIGTERM', async (t) => {
  const server = await startServerProcess(t, {
    DATA_DIR: temporaryFolder(t),
    ADMIN_USERNAME: 'root@example.com',
    ADMIN_PASSWORD: 'hunter2hunter2',
  });
  const body = { username: 'root@example.com', password: 'hunter2hunter2' };
  const logins = Array.from({ length: 4 }, () =>
    call(server.url, 'POST', '/api/auth/login', { body }),
  );
  await waitUntil('a sign-in', () => server.stdout().includes('session.signed_in'));
  const { code } = await server.stop();
  assert.deepEqual(
    (await Promise.all(logins)).map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.equal(code, 0);
});

test('a second server on the same data folder works beside the first', async (t) => {
  const settings = { DATA_DIR: temporaryFolder(t) };
  const [one, two] = await Promise.all([
    startServerProcess(t, settings),
    startServerProcess(t, settings),
  ]);
  const password = ADMIN_PASSWORD;
  const created = await Promise.all(
    [one, two, one, two].map(({ url }) => call(url, 'POST', '/auth/admin', { body: { password } })),
  );
  assert.deepEqual(created.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  const login = await call(one.url, 'POST', '/auth/admin/login', { body: { password } });
  const bearer: string = login.json.token;
  const body = { name: 'ci', permission: 'admin' };
  const token = await call(two.url, 'POST', '/auth/access_token', { bearer, body });
  const listed = await call(one.url, 'GET', '/auth/access_tokens', { bearer: token.json.token });
  assert.equal(listed.json[0].name, 'ci');
  await Promise.all([one.stop(), two.stop()]);
});

test('a data folder that is only readable is refused before anything is written', async (t) => {
  const folder = join(temporaryFolder(t), 'read-only');
  mkdirSync(folder);
  chmodSync(folder, 0o500);
  // Root may write anywhere, so for root the folder is a file instead.
  if (process.getuid?.() === 0) return assertFault({ PORT: '0', DATA_DIR: '/proc' }, /cannot be/);
  await assertFault({ PORT: '0', DATA_DIR: folder }, /cannot be written \(EACCES\)/);
});
