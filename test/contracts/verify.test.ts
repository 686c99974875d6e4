/** Contract 2, `GET /api/auth/verify`, decision 6, and the forms of the Authorization header. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { alterDatabase, createUser, freshName, openSession, signIn } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { DEAD_TOKEN, expectAnswer, UNAUTHORIZED, userRefusal } from '../support/expect-answer.ts';
import type { CallAnswer } from '../support/http-call.ts';
import { exchange } from '../support/raw-exchange.ts';
import type { TestServer } from '../support/test-server.ts';

const BEARER_NEEDED = { headers: { 'www-authenticate': 'Bearer' } };
const MISSING = { ...userRefusal(401, 'missing authorization header'), ...BEARER_NEEDED };
const BAD_FORM = { ...userRefusal(401, 'invalid authorization header format'), ...BEARER_NEEDED };

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

function verify(authorization?: string | string[]): Promise<CallAnswer> {
  const headers: Record<string, string | string[]> =
    authorization === undefined ? {} : { authorization };
  return server.call('GET', '/api/auth/verify', { headers });
}

test('a live access token says whom it speaks for, in the order of the contract', async () => {
  const user = await createUser(server, { role: 'ADMIN' });
  const { token } = await signIn(server, user);
  const { id: user_id, username } = user;
  expectAnswer(await verify(`Bearer ${token}`), {
    status: 200,
    text: JSON.stringify({ valid: true, user_id, username, role: 'ADMIN' }),
    headers: { 'cache-control': 'no-store' },
    without: ['www-authenticate', 'set-cookie'],
  });
});

test('an answer from memory has the bytes of one that was looked up', async () => {
  const names = [freshName(), `${freshName()} "quoted" \\ and / more`, `${freshName()} 🦉 Žofie`];
  for (const name of names) {
    const user = await createUser(server, { username: name });
    const { token } = await signIn(server, user);
    const lines = ['Host: sallyport.test', `Authorization: Bearer ${token}`, 'Connection: close'];
    const ask = async (version: string, ...more: string[]) => {
      const head = `GET /api/auth/verify HTTP/${version}`;
      const bytes = [head, ...lines, ...more, '', ''].join('\r\n');
      const { text } = await exchange(server.url, bytes);
      return text.replace(/^Date: .*\r\n/im, '');
    };
    const lookedUp = await ask('1.1');
    assert.match(lookedUp, /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(await ask('1.1'), lookedUp, name);
    // A header that has to do with web pages keeps it on the usual way.
    assert.equal(await ask('1.1', 'Origin: https://app.test'), lookedUp, name);
    assert.equal(await ask('1.0'), lookedUp, name);
  }
});

describe('the Authorization header', () => {
  const forms: [what: string, form: (token: string) => string | string[], status: number][] = [
    ['Bearer', (token) => `Bearer ${token}`, 200],
    ['bearer in lower case', (token) => `bearer ${token}`, 200],
    ['BEARER in upper case', (token) => `BEARER ${token}`, 200],
    ['several spaces', (token) => `Bearer    ${token}`, 200],
    ['spaces around it', (token) => `  Bearer ${token}  `, 200],
    ['no scheme', (token) => token, 401],
    ['no space', (token) => `Bearer${token}`, 401],
    ['a colon', (token) => `Bearer: ${token}`, 401],
    ['a tab', (token) => `Bearer\t${token}`, 401],
    ['a space and a tab', (token) => `Bearer \t${token}`, 401],
    ['no token', () => 'Bearer', 401],
    ['Basic', (token) => `Basic ${token}`, 401],
    ['Token', (token) => `Token ${token}`, 401],
    ['Bearer twice', (token) => `Bearer Bearer ${token}`, 401],
    ['quotes', (token) => `Bearer "${token}"`, 401],
    ['two tokens', (token) => `Bearer ${token} ${token}`, 401],
    ['two tokens with a comma', (token) => `Bearer ${token}, Bearer ${token}`, 401],
    ['two headers', (token) => [`Bearer ${token}`, `Bearer ${token}`], 401],
    ['two headers, the first one empty', (token) => ['', `Bearer ${token}`], 401],
    ['a letter that is not ASCII', (token) => `Bearer ${token}\u00e9`, 401],
    ['= in front', (token) => `Bearer =${token}`, 401],
  ];
  for (const [what, form, status] of forms) {
    test(`with ${what} is ${status === 200 ? 'good' : 'of no valid form'}`, async () => {
      const answer = await verify(form((await openSession(server)).token));
      expectAnswer(answer, status === 200 ? { status } : BAD_FORM);
    });

    test(`with ${what} is ${status === 200 ? 'good' : 'none'} in the admin API`, async () => {
      const authorization = form(await server.signInAdmin());
      const headers = { authorization };
      const answer = await server.call('GET', '/auth/access_tokens', { headers });
      expectAnswer(answer, status === 200 ? { status } : UNAUTHORIZED);
    });
  }

  test('that is absent or empty is missing', async () => {
    expectAnswer(await verify(), MISSING);
    expectAnswer(await verify(''), MISSING);
    expectAnswer(await verify('   '), MISSING);
  });

  test('of good form with anything but a live access token has one answer', async () => {
    const long = 'x'.repeat(14 * 1024);
    for (const token of ['nothing', 'null', 'undefined', 'a.b.c', '.', '..', '====', 'x=', long]) {
      const expected = token === '====' ? BAD_FORM : DEAD_TOKEN;
      expectAnswer(await verify(`Bearer ${token}`), expected, token.slice(0, 20));
    }
  });

  test('is the only place that a token is taken from', async () => {
    const { token } = await openSession(server);
    const headers = { cookie: `token=${token}`, 'x-access-token': token };
    const answer = await server.call(
      'GET',
      `/api/auth/verify?token=${token}&access_token=${token}`,
      {
        headers,
      },
    );
    expectAnswer(answer, MISSING);
  });
});

describe('a token that was good', () => {
  test('is dead from the second of its exp, and never lives again by itself', async () => {
    const aside = await startCheckedServer();
    try {
      const { token } = await openSession(aside);
      const status = async () =>
        (await aside.call('GET', '/api/auth/verify', { bearer: token })).status;
      aside.clock.advanceMs(3_600_000 - 1);
      assert.equal(await status(), 200);
      aside.clock.advanceMs(1);
      assert.equal(await status(), 401);
    } finally {
      await aside.close();
    }
  });

  const ends: [what: string, sql: string][] = [
    ['when the user is disabled', 'update users set is_enabled = 0 where id = ?'],
    ['when the user is deleted', 'delete from users where id = ?'],
    ['when the session has ended', 'update sessions set ended_at_ms = 1 where user_id = ?'],
    ['when the session is gone', 'delete from sessions where user_id = ?'],
  ];
  for (const [what, sql] of ends) {
    test(`is dead ${what}, with the same answer as garbage`, async () => {
      const user = await createUser(server);
      const { token } = await signIn(server, user);
      assert.equal((await verify(`Bearer ${token}`)).status, 200);
      await alterDatabase(server, sql, user.id);
      const answer = await verify(`Bearer ${token}`);
      expectAnswer(answer, DEAD_TOKEN);
      const garbage = await verify('Bearer garbage');
      const withoutDate = ({ headers }: CallAnswer) => ({ ...headers, date: '' });
      assert.deepEqual(withoutDate(answer), withoutDate(garbage));
    });
  }

  test('is dead when the password has been replaced', async () => {
    const user = await createUser(server);
    const { token } = await signIn(server, user);
    await server.sallyport.users.setPassword(user.username, 'another password');
    expectAnswer(await verify(`Bearer ${token}`), DEAD_TOKEN);
  });

  test('speaks with the role and the name that the database has now', async () => {
    const user = await createUser(server, { role: 'ADMIN' });
    const { token } = await signIn(server, user);
    await alterDatabase(server, "update users set role = 'STANDARD' where id = ?", user.id);
    assert.equal((await verify(`Bearer ${token}`)).json.role, 'STANDARD');
    const username = `renamed-${user.id}`;
    await alterDatabase(server, 'update users set username = ? where id = ?', username, user.id);
    assert.equal((await verify(`Bearer ${token}`)).json.username, username);
  });

  test('is not another user’s when the two verify at once, many times', async () => {
    const users = await Promise.all([createUser(server), createUser(server)]);
    const sessions = await Promise.all(users.map((user) => signIn(server, user)));
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(sessions.map(({ token }) => verify(`Bearer ${token}`)));
      assert.deepEqual(
        answers.map(({ json }) => json.user_id),
        users.map(({ id }) => id),
      );
    }
  });
});
