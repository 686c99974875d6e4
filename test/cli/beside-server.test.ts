/** Commands in one process, the server in another, on the same data folder. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { CommandFolder } from '../support/cli-transcripts.ts';
import { call } from '../support/http-call.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

const OLD_ADMIN_PASSWORD = 'FirstPassw0rd!';
const NEW_ADMIN_PASSWORD = 'SecondPassw0rd!';

function startFolder(t: TestContext): CommandFolder {
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  return folder;
}

function startServer(t: TestContext, folder: CommandFolder, settings = {}): Promise<ServerProcess> {
  const DATA_DIR = folder.dataFolder;
  return startServerProcess(t, { DATA_DIR, LOG_LEVEL: 'silent', ...settings });
}

async function runSoundly(folder: CommandFolder, command: string): Promise<string> {
  const { stdout, stderr, exitCode } = await folder.run(command);
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

test('a running server refuses admin JWTs at once when the password was reset', async (t) => {
  const folder = startFolder(t);
  const { url } = await startServer(t, folder);
  const signIn = (password: string) =>
    call(url, 'POST', '/auth/admin/login', { body: { password } });
  const listTokens = (bearer: string) => call(url, 'GET', '/auth/access_tokens', { bearer });

  await runSoundly(folder, `printf '${OLD_ADMIN_PASSWORD}' | sallyport admin create`);
  const { token } = (await signIn(OLD_ADMIN_PASSWORD)).json;
  assert.equal((await listTokens(token)).status, 200);

  await runSoundly(folder, `printf '${NEW_ADMIN_PASSWORD}' | sallyport admin reset-password`);
  assert.equal((await listTokens(token)).status, 401);
  assert.equal((await signIn(OLD_ADMIN_PASSWORD)).status, 401);
  const renewed = await signIn(NEW_ADMIN_PASSWORD);
  assert.equal((await listTokens(renewed.json.token)).status, 200);
});

test('a running server ends the sessions of a user whose password was set', async (t) => {
  const folder = startFolder(t);
  const { url } = await startServer(t, folder);
  const signIn = (username: string, password: string) =>
    call(url, 'POST', '/api/auth/login', { body: { username, password } });
  const verify = (bearer: string) => call(url, 'GET', '/api/auth/verify', { bearer });
  const refresh = (refresh_token: string) =>
    call(url, 'POST', '/api/auth/refresh', { body: { refresh_token } });

  await runSoundly(folder, "printf 'correct horse' | sallyport users add alice --role ADMIN");
  await runSoundly(folder, "printf 'correct horse' | sallyport users add bob");
  const sessions = [await signIn('alice', 'correct horse'), await signIn('alice', 'correct horse')];
  const other = await signIn('bob', 'correct horse');
  for (const { json } of sessions) {
    const { status, json: verified } = await verify(json.token);
    assert.deepEqual([status, verified.role], [200, 'ADMIN']);
  }

  // What vouches for the name when somebody signs in with it from elsewhere.
  const database = new Database(join(folder.dataFolder, 'sallyport.db'), { readonly: true });
  const origins = database.prepare('select distinct origin from users').pluck().all();
  database.close();
  assert.deepEqual(origins, ['operator']);

  const said = await runSoundly(
    folder,
    "printf 'battery staple' | sallyport users set-password ALICE",
  );
  assert.equal(said, 'User alice has the new password; 2 sessions have ended.\n');
  for (const { json } of sessions) {
    assert.equal((await verify(json.token)).status, 401);
    assert.equal((await refresh(json.refresh_token)).status, 401);
  }
  assert.equal((await verify(other.json.token)).status, 200);
  assert.equal((await signIn('alice', 'correct horse')).status, 401);
  assert.equal((await signIn('alice', 'battery staple')).status, 200);
  const listed = JSON.parse(await runSoundly(folder, 'sallyport users list --json'));
  assert.match(listed[0].last_sign_in_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('new server parameters end what they say they end, and nothing else', async (t) => {
  const folder = startFolder(t);
  const settings = {
    ACTIAN_VECTORAI_JWT_SECRET: 'the-same-at-every-start-0123456789-admin',
    TOKEN_SECRET: 'the-same-at-every-start-0123456789-users',
  };
  await runSoundly(folder, `printf '${OLD_ADMIN_PASSWORD}' | sallyport admin create`);
  await runSoundly(folder, "printf 'correct horse' | sallyport users add alice");
  const before = await startServer(t, folder, settings);
  const admin = (url: string) =>
    call(url, 'POST', '/auth/admin/login', { body: { password: OLD_ADMIN_PASSWORD } });
  const alice = (url: string) =>
    call(url, 'POST', '/api/auth/login', {
      body: { username: 'alice', password: 'correct horse' },
    });
  const adminToken = (await admin(before.url)).json.token;
  const userToken = (await alice(before.url)).json.token;
  const made = await call(before.url, 'POST', '/auth/access_token', {
    bearer: adminToken,
    body: { name: 'backup', permission: 'admin' },
  });
  assert.equal(made.status, 200);
  await before.stop();
  await runSoundly(folder, 'sallyport params renew --yes');

  const { url } = await startServer(t, folder, settings);
  const list = (bearer: string) => call(url, 'GET', '/auth/access_tokens', { bearer });
  assert.equal((await list(adminToken)).status, 401);
  assert.equal((await list(made.json.token)).status, 401);
  const verified = await call(url, 'GET', '/api/auth/verify', { bearer: userToken });
  assert.equal(verified.status, 401);

  const bearer = (await admin(url)).json.token;
  assert.deepEqual(
    (await list(bearer)).json.map((token: { name: string }) => token.name),
    ['backup'],
  );
  const path = `/auth/access_token/${made.json.id}/rotate`;
  const rotated = await call(url, 'POST', path, { bearer });
  assert.equal((await list(rotated.json.token)).status, 200);
  assert.equal((await alice(url)).status, 200);
});

test('a command says that another program keeps the database locked', async (t) => {
  const folder = startFolder(t);
  await runSoundly(folder, 'sallyport users list');
  const session = new TerminalSession(folder, 'sallyport users add alice --json');
  t.after(() => session.kill());
  await session.waitFor(/New password for alice/);
  const database = new Database(join(folder.dataFolder, 'sallyport.db'));
  t.after(() => database.close());
  database.exec('begin immediate');

  const opening = folder.run('sallyport users list');
  session.type('correct horse\r');
  await session.waitFor(/The same again/);
  session.type('correct horse\r');
  assert.equal(await session.end(), 1);
  const last = session.lines().findLast((line) => line.startsWith('{')) ?? '';
  const { error } = JSON.parse(last);
  assert.equal(error.code, 'storage_busy');
  assert.match(error.message, /held by other programs for too long; nothing was changed/);
  const { stderr, exitCode } = await opening;
  assert.equal(exitCode, 1);
  assert.match(stderr, /^sallyport: data\/sallyport\.db is held by another program; .*\n$/);
});
