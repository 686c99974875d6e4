/** Contract 2: sign-in of users, and what the tokens say. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUser, freshName, readDatabase, signIn, USER_PASSWORD } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer, userRefusal } from '../support/expect-answer.ts';
import { claimsOf, headerText, PLAIN_HEADER, payloadText } from '../support/forged-tokens.ts';
import type { CallAnswer } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const INVALID_BODY = userRefusal(400, 'invalid request body');
const REFUSED = userRefusal(401, 'invalid username or password');

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

function login(body: object | string): Promise<CallAnswer> {
  return server.call('POST', '/api/auth/login', { body });
}

describe('what a login body must hold', () => {
  const password = USER_PASSWORD;
  const username = 'nobody@example.com';
  const invalid: [what: string, body: object][] = [
    ['no username', { password }],
    ['no password', { username }],
    ['neither', {}],
    ['other names for them', { user: username, pass: password }],
    ['an empty username', { username: '', password }],
    ['an empty password', { username, password: '' }],
    ['a username of 2 characters', { username: 'ab', password }],
    ['a username of 2 code points in 4 UTF-16 units', { username: '😀😀', password }],
    ['a username of 51 characters', { username: 'x'.repeat(51), password }],
    ['a username of 51 emoji', { username: '😀'.repeat(51), password }],
    ['a password of 7 characters', { username, password: '1234567' }],
    ['a password of 7 code points in 14 UTF-16 units', { username, password: '😀'.repeat(7) }],
    ...[null, 5, true, [], {}, ['nobody@example.com']].flatMap((value): [string, object][] => [
      [`${JSON.stringify(value)} as the username`, { username: value, password }],
      [`${JSON.stringify(value)} as the password`, { username, password: value }],
    ]),
  ];
  for (const [what, body] of invalid) {
    test(`${what} is an invalid request, and costs no check`, async () => {
      const checks = server.engine.jobs.length;
      expectAnswer(await login(body), { ...INVALID_BODY, without: ['www-authenticate'] });
      assert.equal(server.engine.jobs.length, checks);
    });
  }

  const wellFormed: [what: string, body: object][] = [
    ['a username of 3 characters', { username: 'abc', password }],
    ['a username of 3 emoji', { username: '😀😀😀', password }],
    ['a username of 50 characters', { username: 'y'.repeat(50), password }],
    ['a username of 50 emoji', { username: '😀'.repeat(50), password }],
    ['a username of spaces', { username: '   ', password }],
    ['a password of 8 characters', { username, password: '12345678' }],
    ['a password of 8 emoji', { username, password: '😀'.repeat(8) }],
    ['a password of 60,000 characters', { username, password: 'x'.repeat(60_000) }],
    ['NUL in the username', { username: 'ab\0c', password }],
    ['a lone surrogate in the username', { username: 'abc\ud800', password }],
    ['NUL in the password', { username, password: 'password\0' }],
    ['a lone surrogate in the password', { username, password: 'password\udc00' }],
    ['SQL in the username', { username: "' or 1=1 --", password }],
    ['a zero-width character in the username', { username: 'abc\u200b', password }],
  ];
  for (const [what, body] of wellFormed) {
    test(`${what} is well formed and is nobody's`, async () => {
      expectAnswer(await login(body), { ...REFUSED, without: ['www-authenticate'] });
    });
  }
});

describe('a user who signs in', () => {
  test('gets three fields in the order of the contract, which nobody may keep', async () => {
    const answer = await login(await createUser(server));
    expectAnswer(answer, {
      status: 200,
      text: /^\{"token":"[\w.-]+","refresh_token":"[\w.-]+","expires_at":\d+\}$/,
      headers: { 'cache-control': 'no-store' },
      without: ['set-cookie', 'www-authenticate', 'access-control-allow-origin'],
    });
  });

  test('gets tokens with the claims of the contract, in its order', async () => {
    const user = await createUser(server);
    const { token, refresh_token, expires_at } = await signIn(server, user);
    const iat = Math.floor(server.clock.nowMs() / 1000);
    const kinds = { access: [token, 3600], refresh: [refresh_token, 168 * 3600] } as const;
    for (const [kind, [text, ttl]] of Object.entries(kinds)) {
      assert.equal(headerText(text), PLAIN_HEADER);
      const expected = {
        user_id: user.id,
        username: user.username,
        role: 'STANDARD',
        token_type: kind,
        iss: 'Vega AI',
        sub: user.username,
        iat,
        exp: iat + ttl,
      };
      assert.ok(payloadText(text).startsWith(JSON.stringify(expected).slice(0, -1)), kind);
    }
    assert.equal(expires_at, iat + 3600);
  });

  test('gets whole seconds when the clock stands between two', async () => {
    server.clock.advanceMs(789);
    const { token, expires_at } = await signIn(server, await createUser(server));
    const { iat, exp } = claimsOf(token);
    assert.ok(Number.isInteger(iat) && Number.isInteger(exp));
    assert.equal(exp, expires_at);
    assert.equal(Number(exp) - Number(iat), 3600);
    server.clock.advanceMs(-789);
  });

  test('has the role that the account has', async () => {
    const { token } = await signIn(server, await createUser(server, { role: 'ADMIN' }));
    assert.equal(claimsOf(token).role, 'ADMIN');
  });

  test('is recorded with the time of the sign-in', async () => {
    const user = await createUser(server);
    const lastSignIn = async () => {
      const sql = 'select last_sign_in_at_ms as at from users where id = ?';
      return (await readDatabase(server, sql, user.id)).at;
    };
    assert.equal(await lastSignIn(), null);
    await login({ ...user, password: 'wrong password' });
    assert.equal(await lastSignIn(), null);
    await signIn(server, user);
    assert.equal(await lastSignIn(), server.clock.nowMs());
  });

  test('may send more fields, and none of them has a say', async () => {
    const user = await createUser(server);
    const more = { user_id: 1, role: 'ADMIN', token_type: 'refresh', expires_at: 9e9, sub: 'x' };
    const tricky = JSON.stringify({ ...user, ...more }).replace('{', '{"__proto__":{"role":"A"},');
    const { token } = (await login(tricky)).json;
    assert.equal(claimsOf(token).role, 'STANDARD');
    assert.equal(claimsOf(token).user_id, user.id);
  });

  test('may have two sessions at once', async () => {
    const user = await createUser(server);
    const sessions = [await signIn(server, user), await signIn(server, user)];
    assert.notEqual(sessions[0]?.token, sessions[1]?.token);
    for (const { token } of sessions) {
      const verified = await server.call('GET', '/api/auth/verify', { bearer: token });
      assert.equal(verified.json.username, user.username);
    }
  });

  test('who fails is recorded under a hash of the name, never with name or password', async () => {
    const username = freshName();
    await login({ username, password: 'canary-password' });
    const event = server.events.at(-1);
    assert.equal(event?.name, 'session.sign_in_failed');
    assert.match(event?.nameHash ?? '', /^[\w-]{16}$/);
    const written = JSON.stringify(server.events) + server.logLines.join();
    assert.equal(written.includes(username) || written.includes('canary'), false);
  });
});

describe('passwords are compared as they are', () => {
  const rows: [what: string, password: string, tried: string][] = [
    ['another case', 'Password-Password', 'password-password'],
    ['a space more', 'password-password', 'password-password '],
    ['another normalisation', 'pässword-pässword', 'pässword-pässword'.normalize('NFD')],
    ['a lone surrogate for U+FFFD', 'pass\ufffdword', 'pass\ud800word'],
    ['what comes before a NUL', 'password-password', 'password-password\0'],
    ['72 equal bytes and one more', 'x'.repeat(72), 'x'.repeat(73)],
  ];
  for (const [what, password, tried] of rows) {
    test(`${what} is another password`, async () => {
      const user = await createUser(server, { password });
      expectAnswer(await login({ ...user, password: tried }), REFUSED);
      expectAnswer(await login(user), { status: 200 });
    });
  }
});

describe('usernames', () => {
  const rows: [stored: string, alsoKnownAs: string[]][] = [
    ['John.Doe@Example.com', ['john.doe@example.com', 'JOHN.DOE@EXAMPLE.COM']],
    ['Straße-7', ['STRASSE-7', 'straße-7', 'strasse-7']],
    ['ｆｕｌｌwidth', ['fullwidth', 'FULLWIDTH']],
    ['Åse-Åse', ['åse-åse', 'A\u030ase-A\u030ase'.normalize('NFD')]],
    ['ΟΔΥΣΣΕΥΣ', ['οδυσσευς', 'οδυσσευσ']],
  ];
  for (const [stored, others] of rows) {
    test(`${stored} is one name in every case and form, and is answered as stored`, async () => {
      const { password } = await createUser(server, { username: stored });
      for (const username of [stored, ...others]) {
        const { token } = await signIn(server, { username, password });
        assert.equal(claimsOf(token).username, stored);
        const verified = await server.call('GET', '/api/auth/verify', { bearer: token });
        assert.equal(verified.json.username, stored);
        await assert.rejects(createUser(server, { username }), { code: 'username_taken' });
      }
    });
  }

  test('a name of no more and no fewer than 3 to 50 code points can be made', async () => {
    for (const username of ['ab', '😀😀', 'x'.repeat(51), '😀'.repeat(51)]) {
      await assert.rejects(createUser(server, { username }), { code: 'username_rejected' });
    }
    for (const username of ['ab7', '😀😁😂', 'z'.repeat(50), '😎'.repeat(50)]) {
      await signIn(server, await createUser(server, { username }));
    }
  });

  test('no name has control, bidirectional or invisible characters', async () => {
    const characters = '\0 \u0007 \u0085 \u200b \u200d \u202e \u2066 \ufeff \u2028 \ud800 \uffff';
    for (const character of characters.split(' ')) {
      const username = `some${character}body`;
      await assert.rejects(createUser(server, { username }), { code: 'username_rejected' });
    }
  });

  test('a lone surrogate or NUL is not another name for a replacement character', async () => {
    const { password } = await createUser(server, { username: 'some\ufffdbody' });
    for (const username of ['some\ud800body', 'some\udfffbody', 'some\0body']) {
      expectAnswer(await login({ username, password }), REFUSED);
    }
  });
});

test('lifetimes and issuer are those of the settings', async () => {
  const settings = { ACCESS_TOKEN_EXPIRY: '5', REFRESH_TOKEN_EXPIRY: '2', APP_NAME: 'Our App' };
  const other = await startCheckedServer({ settings });
  try {
    const session = await signIn(other, await createUser(other));
    const access = claimsOf(session.token);
    const refresh = claimsOf(session.refresh_token);
    assert.equal(access.iss, 'Our App');
    assert.equal(refresh.iss, 'Our App');
    assert.equal(Number(access.exp) - Number(access.iat), 300);
    assert.equal(Number(refresh.exp) - Number(refresh.iat), 7200);
    assert.equal(session.expires_at, access.exp);
  } finally {
    await other.close();
  }
});
