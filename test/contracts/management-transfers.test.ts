/** Many users in and out over the management API. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { MAX_LINES_BYTES } from '../../src/http/body.ts';
import {
  alterDatabase,
  createAccessToken,
  createUser,
  freshName,
  signIn,
  USER_PASSWORD,
} from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import type { CallOptions } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/waiting.ts';

const IMPORT = '/management/users/import';
const EXPORT = '/management/users/export';

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

const jsonLines = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const send = (body: string | Buffer, query = '', options: CallOptions = {}) =>
  server.call('POST', `${IMPORT}${query}`, { bearer, body, ...options });

const typed = (type: string) => ({ headers: { 'content-type': type } });

async function exported(format = 'jsonl') {
  return server.call('GET', `${EXPORT}?format=${format}`, { bearer });
}

describe('an import', () => {
  test('adds each user or says why not, by the number of the line', async () => {
    const [name, taken] = [freshName(), (await createUser(server)).username];
    const body = jsonLines({ username: name, role: 'ADMIN' }, { username: taken }, { role: 'no' });
    const answer = await send(body);
    assert.equal(answer.status, 200);
    const { lines, ...counts } = answer.json;
    assert.deepEqual(counts, { dry_run: false, created: 1, skipped: 1, failed: 1 });
    assert.deepEqual(lines[0], { line: 1, outcome: 'created', username: name, reason: null });
    assert.deepEqual([lines[1].outcome, lines[2].outcome], ['exists', 'failed']);
    assert.match(lines[2].reason, /^username is missing/);
    const event = server.events.findLast(({ name: event }) => event === 'user.created');
    assert.deepEqual([event?.actor, event?.reason], [{ kind: 'admin' }, 'imported']);
    assert.equal(event?.origin?.address, '127.0.0.1');
  });

  test('is tried without effect as a dry run', async () => {
    const username = freshName();
    const answer = await send(jsonLines({ username }), '?dry_run=true');
    assert.deepEqual(answer.json, {
      dry_run: true,
      created: 1,
      skipped: 0,
      failed: 0,
      lines: [{ line: 1, outcome: 'would_create', username, reason: null }],
    });
    assert.equal((await send(jsonLines({ username }))).json.created, 1);
  });

  test('takes CSV too, whatever type it is sent as', async () => {
    for (const options of [{}, typed('text/csv; charset=utf-8'), typed('application/jsonl')]) {
      const answer = await send(`username,enabled\r\n${freshName()},false`, '?format=csv', options);
      assert.deepEqual([answer.json.created, answer.json.failed], [1, 0]);
    }
  });

  test('of nothing is no fault', async () => {
    assert.deepEqual((await send('')).json.lines, []);
  });

  test('hashes nobody’s password in the clear', async () => {
    server.engine.jobs.length = 0;
    const { json } = await send(jsonLines({ username: freshName(), password: USER_PASSWORD }));
    assert.match(json.lines[0].reason, /^password is in the clear/);
    assert.equal(server.engine.jobs.length, 0);
  });

  test('is refused as a whole where nobody can know what is meant', async () => {
    const line = jsonLines({ username: freshName() });
    expectAnswer(await send(line, '?format=csv'), problemRefusal(400, 'parameter_invalid'));
    expectAnswer(await send(line, '?format=xml'), problemRefusal(400, 'parameter_invalid'));
    expectAnswer(await send(line, '?dry_run=yes'), problemRefusal(400, 'parameter_invalid'));
    expectAnswer(await send(line, '?dryrun=true'), problemRefusal(400, 'parameter_invalid'));
    const unsupported = problemRefusal(415, 'unsupported_media_type');
    expectAnswer(await send(line, '', typed('application/xml')), unsupported);
    const packed = { headers: { 'content-encoding': 'gzip' } };
    expectAnswer(await send(line, '', packed), unsupported);
  });

  test('takes 1 MiB and not a byte more, and then names the command', async () => {
    const line = jsonLines({ username: freshName() });
    const full = line + ' '.repeat(MAX_LINES_BYTES - line.length);
    assert.equal((await send(full)).status, 200);
    const answer = await send(`${full} `);
    expectAnswer(answer, problemRefusal(413, 'body_too_large'));
    assert.match(answer.json.detail, /1 MiB.*sallyport users import/);
  });

  test('of a megabyte lets others be answered in between', async () => {
    const names = Array.from({ length: 2000 }, () => freshName());
    const answered = send(jsonLines(...names.map((username) => ({ username }))));
    let between = 0;
    let isDone = false;
    void answered.then(() => {
      isDone = true;
    });
    while (!isDone) {
      assert.equal((await server.call('GET', '/health')).status, 200);
      between += 1;
    }
    assert.equal((await answered).json.created, names.length);
    assert.ok(between >= 3, `${between} others`);
  });
});

describe('an export', () => {
  test('is a file with everybody, hashes included', async () => {
    const { id, username } = await createUser(server);
    const answer = await exported();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/jsonl; charset=utf-8');
    assert.equal(answer.headers['content-disposition'], 'attachment; filename="users.jsonl"');
    const users = answer.text.trimEnd().split('\n');
    const user = users.map((line) => JSON.parse(line)).find((one) => one.id === id);
    assert.deepEqual(
      Object.keys(user).join(),
      [
        'id,username,role,enabled,origin,created_at,last_sign_in_at,password_hash,identities',
      ].join(),
    );
    assert.deepEqual([user.username, user.origin], [username, 'operator']);
    assert.match(user.password_hash, /^\$2b\$10\$/);
    const csv = await exported('csv');
    assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
    assert.equal(csv.text.trimEnd().split('\n').length, users.length + 1);
    const event = server.events.findLast(({ name }) => name === 'users.exported');
    assert.deepEqual(event?.actor, { kind: 'admin' });
  });

  test('lets everybody sign in where it is imported', async () => {
    const user = await createUser(server);
    const other = await startCheckedServer();
    try {
      const { text: body } = await exported('csv');
      const query = `${IMPORT}?format=csv`;
      const answer = await other.call('POST', query, { bearer: await other.signInAdmin(), body });
      assert.equal(answer.json.failed, 0, answer.text);
      await signIn(other, user);
    } finally {
      await other.close();
    }
  });

  test('of unknown parameters is refused', async () => {
    const call = (query: string) => server.call('GET', `${EXPORT}?${query}`, { bearer });
    expectAnswer(await call('format=xml'), problemRefusal(400, 'parameter_invalid'));
    expectAnswer(await call('role=ADMIN'), problemRefusal(400, 'parameter_invalid'));
  });

  test('that cannot be recorded or read is refused, and no file', async () => {
    const broken = await startCheckedServer();
    const jwt = await broken.signInAdmin();
    await alterDatabase(broken, 'alter table users rename column origin to gone');
    const answer = await broken.call('GET', EXPORT, { bearer: jwt });
    assert.ok(answer.status >= 500, answer.text);
    assert.equal(answer.headers['content-disposition'], undefined);
    // A database of tests is used again.
    await alterDatabase(broken, 'alter table users rename column gone to origin');
    await broken.close();
  });

  test('is read from the database no faster than its reader takes it', async () => {
    const big = await startCheckedServer();
    const jwt = await big.signInAdmin();
    const user = await createUser(big);
    const { repository } = big.sallyport;
    const [row] = await repository.listOutgoingUsers({ afterId: 0, limit: 1 });
    assert.equal(row?.id, user.id);
    const identities = Array.from({ length: 5 }, () => ({
      issuer: 'x'.repeat(500),
      subject: 's',
      providerId: 'p',
      linkedAtMs: 0,
    }));
    let pages = 0;
    // A hundred pages of more than a megabyte each.
    repository.listOutgoingUsers = async ({ afterId, limit }) => {
      pages += 1;
      const count = afterId < 100 * limit ? limit : 0;
      const page = Array.from({ length: count }, (_, index) => ({ id: afterId + index + 1 }));
      return page.map(({ id }) => ({ ...row, id, identities }));
    };
    const { hostname, port } = new URL(big.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET ${EXPORT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${jwt}\r\n\r\n`,
    );
    await once(socket, 'readable');
    let [last, since] = [-1, performance.now()];
    await waitUntil('the reading stands still', () => {
      if (pages !== last) since = performance.now();
      last = pages;
      return performance.now() - since > 300;
    });
    assert.ok(last < 30, `${last} pages were read for nobody`);
    socket.destroy();
    await once(socket, 'close');
    await big.close();
  });
});

test('an access token moves no users in or out, and is told so before it has sent them', async () => {
  const { token } = await createAccessToken(server, 'read,write,admin');
  const large = 'x'.repeat(MAX_LINES_BYTES + 1);
  const denied = problemRefusal(403, 'permission_denied');
  expectAnswer(await send(large, '', { bearer: token }), denied);
  expectAnswer(await server.call('GET', EXPORT, { bearer: token }), denied);
  const without = problemRefusal(401, 'bearer_invalid');
  expectAnswer(await server.call('POST', IMPORT, { body: large }), without);
  expectAnswer(await server.call('GET', EXPORT), without);
});

test('an export takes a password that was entered within five minutes', async () => {
  const server = await startCheckedServer();
  const jwt = await server.signInAdmin();
  const user = await signIn(server, await createUser(server, { role: 'ADMIN' }));
  const needed = problemRefusal(403, 'password_confirmation_required');
  expectAnswer(await server.call('GET', EXPORT, { bearer: user.token }), needed);
  assert.equal((await server.call('GET', EXPORT, { bearer: jwt })).status, 200);
  server.clock.advanceSeconds(5 * 60);
  expectAnswer(await server.call('GET', EXPORT, { bearer: jwt }), needed);
  assert.equal(server.events.filter(({ name }) => name === 'users.exported').length, 1);
  await server.close();
});

test('a user with role ADMIN may import, and one without may not', async () => {
  const admin = await signIn(server, await createUser(server, { role: 'ADMIN' }));
  const standard = await signIn(server, await createUser(server));
  const body = jsonLines({ username: freshName() });
  const answer = await send(body, '', { bearer: standard.token });
  expectAnswer(answer, problemRefusal(403, 'permission_denied'));
  assert.equal((await send(body, '', { bearer: admin.token })).json.created, 1);
});
