/** Moving to PostgreSQL loses nothing, ends nothing, and never leaves two installations. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dropTestDatabases } from '../support/postgres-server.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import {
  hereSql,
  type MoveFolder,
  move,
  moveUntil,
  newMoveFolder,
  populate,
  signIn,
  startHere,
  startThere,
  thereSql,
  undo,
} from './move-folder.ts';

after(dropTestDatabases);

const TABLES = [
  'access_tokens',
  'admins',
  'audit_events',
  'failure_counters',
  'known_addresses',
  'password_kinds',
  'sessions',
  'user_identities',
  'users',
];

/** Row by row, past the code that is tested. */
async function assertSame(folder: MoveFolder): Promise<void> {
  for (const table of TABLES) {
    const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(row)).sort();
    const here = hereSql(folder, `select * from ${table}`);
    const columns = Object.keys(here[0] ?? {}).join(', ') || '*';
    const there = await thereSql(folder, `select ${columns} from ${table}`);
    assert.deepEqual(sorted(there), sorted(here), table);
  }
}

async function refusal(work: Promise<unknown>): Promise<{ code?: string; message: string }> {
  return work.then(
    () => assert.fail('it was not refused'),
    (error) => error,
  );
}

test('what people and machines hold is good on PostgreSQL', async (t) => {
  const folder = await newMoveFolder(t);
  const held = await populate(folder);
  const report = await move(folder);
  assert.ok(report !== 'cancelled');
  assert.equal(report.wasComplete, false);
  assert.ok(!report.target.includes('password'));
  await assertSame(folder);
  const server = await startThere(t, folder);
  const verified = await server.call('GET', '/api/auth/verify', { bearer: held.userToken });
  assert.equal(verified.json.username, 'maria');
  const tokens = await server.call('GET', '/auth/access_tokens', { bearer: held.admin });
  assert.equal(tokens.json[0].name, 'import; \\ "quoted", {1}');
  assert.notEqual(await server.sallyport.accessTokens.authenticate(held.accessToken), null);
  const body = { refresh_token: held.refreshToken };
  assert.equal((await server.call('POST', '/api/auth/refresh', { body })).status, 200);
  assert.equal(typeof (await signIn(server)).userToken, 'string');
  const admin = { password: ADMIN_PASSWORD };
  assert.equal((await server.call('POST', '/auth/admin/login', { body: admin })).status, 200);
});

test('no id is given again, and the audit trail goes on and stays append-only', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await move(folder);
  const sequences = hereSql(folder, 'select name, seq from sqlite_sequence');
  const server = await startThere(t, folder);
  const account = { password: 'correct horse', origin: 'operator', role: 'STANDARD' } as const;
  await server.sallyport.users.create({ username: 'next', ...account });
  const next = await server.sallyport.users.find('next');
  assert.equal(next?.id, 4, 'the deleted user had 3');
  const before = Number(sequences.find(({ name }) => name === 'audit_events')?.seq);
  const [newest] = await thereSql(folder, 'select max(id) as id from audit_events');
  assert.equal(newest?.id, before + 1);
  const change = thereSql(folder, "update audit_events set name = 'x' where id = 1");
  await assert.rejects(change, /never changed/);
  const emptying = thereSql(folder, 'truncate audit_events');
  await assert.rejects(emptying, /never changed/);
});

test('no server starts on the embedded database any more, unless it is undone', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await move(folder);
  assert.match((await refusal(startHere(folder))).message, /has been moved to postgres:.*undo/);
  assert.deepEqual((await undo(folder)).wasMoved, true);
  await (await startHere(folder)).close();
});

const KILLED_AT: [words: string, turn: number][] = [
  ['insert into settings', 1],
  ['insert into "audit_events"', 2],
  ['alter table audit_events enable always trigger audit_events_enter', 1],
  ['insert into "sessions"', 1],
  ['analyze', 1],
  ['delete from settings', 1],
];
for (const [words, turn] of KILLED_AT) {
  test(`a move that is killed at ${words} (${turn}) goes on when it is run again`, async (t) => {
    const folder = await newMoveFolder(t);
    await populate(folder);
    assert.equal(await moveUntil(folder, words, turn), 'SIGKILL');
    if (words !== 'insert into settings') {
      assert.match((await refusal(startThere(t, folder))).message, /not come to its end/);
    }
    if (words === 'analyze' || words === 'delete from settings') {
      assert.match((await refusal(startHere(folder))).message, /has been moved/);
    }
    await move(folder);
    await assertSame(folder);
    const server = await startThere(t, folder);
    assert.equal(typeof (await signIn(server)).userToken, 'string');
  });
}

test('a move that goes on does not copy again what is there', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await moveUntil(folder, 'insert into "users"');
  const [before] = await thereSql(folder, 'select min(xmin::text::int) as x from audit_events');
  await move(folder);
  const [after] = await thereSql(folder, 'select min(xmin::text::int) as x from audit_events');
  assert.deepEqual(after, before);
});

test('what changed here between two attempts is copied anew', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await moveUntil(folder, 'insert into "sessions"');
  const server = await startHere(folder);
  await server.sallyport.users.setPassword('Zoë', 'another password');
  await server.close();
  await move(folder);
  await assertSame(folder);
});

test('Ctrl-C ends it, and it goes on when it is run again', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  assert.equal(await move(folder, AbortSignal.abort()), 'cancelled');
  await (await startHere(folder)).close();
  assert.notEqual(await move(folder), 'cancelled');
  await assertSame(folder);
});

test('run again after its end it compares and changes nothing', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  const first = await move(folder);
  const second = await move(folder);
  assert.deepEqual(second, { ...(first as object), wasComplete: true });
});

test('a row that differs is found and its table named, and the next attempt heals it', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await moveUntil(folder, 'insert into "sessions"');
  await thereSql(folder, "update users set role = 'ADMIN' where username = 'maria'");
  const { code, message } = await refusal(move(folder));
  assert.equal(code, 'copies_differ');
  assert.match(message, /\(users: 2 rows, of which some differ\)/);
  assert.match((await refusal(startThere(t, folder))).message, /not come to its end/);
  await (await startHere(folder)).close();
  await move(folder);
  await assertSame(folder);
});

test('a target that has been in use since is left as it is', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await move(folder);
  const server = await startThere(t, folder);
  await server.sallyport.users.setPassword('Zoë', 'another password');
  await undo(folder);
  const { code, message } = await refusal(move(folder));
  assert.equal(code, 'target_in_use');
  assert.match(message, /audit_events/);
  await (await startHere(folder)).close();
});

test('a target of another installation is refused and not changed', async (t) => {
  const ours = await newMoveFolder(t);
  await populate(ours);
  const theirs = await newMoveFolder(t);
  await populate(theirs);
  await moveUntil(theirs, 'insert into "audit_events"');
  const target = { ...ours, settings: { ...ours.settings, DATABASE_URL: theirs.url } };
  assert.equal((await refusal(move(target))).code, 'target_foreign');
  await move(theirs);
  assert.equal((await refusal(move(target))).code, 'target_foreign');
  await assertSame(theirs);
});

test('what has been moved is not moved into a second database', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  await move(folder);
  const { url } = await newMoveFolder(t);
  const second = { ...folder, settings: { ...folder.settings, DATABASE_URL: url } };
  assert.equal((await refusal(move(second))).code, 'already_moved');
});

test('a folder on which a server runs is not moved', async (t) => {
  const folder = await newMoveFolder(t);
  await populate(folder);
  const server = await startHere(folder);
  t.after(() => server.close());
  const { code, message } = await refusal(move(folder));
  assert.equal(code, 'database_in_use');
  assert.match(message, /stop the server/);
});
