/** Contract 2: refresh and logout. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  alterDatabase,
  createUser,
  openSession,
  type Session,
  signIn,
} from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { DEAD_TOKEN, expectAnswer, userRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { CallAnswer, CallOptions } from '../support/http-call.ts';
import type { TestServer } from '../support/test-server.ts';

const INVALID_BODY = userRefusal(400, 'invalid request body');
const NO_REFRESH = {
  ...userRefusal(401, 'failed to refresh access token'),
  without: ['www-authenticate', 'set-cookie'],
};

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

function refresh(refresh_token: unknown, options: CallOptions = {}): Promise<CallAnswer> {
  return server.call('POST', '/api/auth/refresh', { body: { refresh_token }, ...options });
}

function logout(options: CallOptions = {}): Promise<CallAnswer> {
  return server.call('POST', '/api/auth/logout', options);
}

async function isLive({ token }: { token: string }): Promise<boolean> {
  return (await server.call('GET', '/api/auth/verify', { bearer: token })).status === 200;
}

describe('refresh', () => {
  test('gives the three fields of a login, both tokens new, both of the same session', async () => {
    const user = await createUser(server);
    const session = await signIn(server, user);
    server.clock.advanceSeconds(10);
    const answer = await refresh(session.refresh_token);
    expectAnswer(answer, {
      status: 200,
      text: /^\{"token":"[\w.-]+","refresh_token":"[\w.-]+","expires_at":\d+\}$/,
      headers: { 'cache-control': 'no-store' },
      without: ['set-cookie'],
    });
    const next: Session = answer.json;
    assert.notEqual(next.token, session.token);
    assert.notEqual(next.refresh_token, session.refresh_token);
    const iat = Math.floor(server.clock.nowMs() / 1000);
    const shared = { user_id: user.id, username: user.username, role: 'STANDARD', iss: 'Vega AI' };
    for (const [token, token_type, ttl] of [
      [next.token, 'access', 3600],
      [next.refresh_token, 'refresh', 604_800],
    ] as const) {
      const { sid, gen, ...claims } = claimsOf(token);
      assert.equal(sid, claimsOf(session.token).sid);
      assert.equal(gen, 2);
      const times = { iat, exp: iat + ttl };
      assert.deepEqual(claims, { ...shared, token_type, sub: user.username, ...times });
    }
    assert.equal(next.expires_at, iat + 3600);
    assert.ok(await isLive(next));
    assert.ok(await isLive(session), 'the earlier access token lives to its end');
  });

  test('needs no Authorization header and listens to none', async () => {
    const session = await openSession(server);
    const answer = await refresh(session.refresh_token, { headers: { authorization: 'Bearer x' } });
    assert.equal(answer.status, 200);
  });

  test('a body without the token is an invalid request', async () => {
    for (const value of [undefined, null, '', 5, true, [], {}, ['x']]) {
      expectAnswer(await refresh(value), INVALID_BODY, JSON.stringify(value));
    }
    expectAnswer(await server.call('POST', '/api/auth/refresh'), INVALID_BODY);
  });

  test('what is not a live refresh token refreshes nothing', async () => {
    const session = await openSession(server);
    const admin = await server.signInAdmin();
    for (const token of ['x', ' ', 'a.b.c', session.token, admin, `${session.refresh_token}x`]) {
      expectAnswer(await refresh(token), NO_REFRESH, token);
    }
    assert.ok(await isLive(session), 'and ends nothing');
    assert.equal((await refresh(session.refresh_token)).status, 200);
  });

  test('a refresh token lives 168 hours and not a second more', async () => {
    const aside = await startCheckedServer();
    try {
      const [early, late] = [await openSession(aside), await openSession(aside)];
      const post = ({ refresh_token }: Session) =>
        aside.call('POST', '/api/auth/refresh', { body: { refresh_token } });
      aside.clock.advanceMs(168 * 3_600_000 - 1);
      assert.equal((await post(early)).status, 200);
      aside.clock.advanceMs(1);
      expectAnswer(await post(late), NO_REFRESH);
    } finally {
      await aside.close();
    }
  });

  test('a disabled or deleted user refreshes nothing', async () => {
    for (const sql of [
      'update users set is_enabled = 0 where id = ?',
      'delete from users where id = ?',
    ]) {
      const user = await createUser(server);
      const session = await signIn(server, user);
      await alterDatabase(server, sql, user.id);
      expectAnswer(await refresh(session.refresh_token), NO_REFRESH, sql);
    }
  });

  test('an older token than the last but one ends its session and no other', async () => {
    const user = await createUser(server);
    const [robbed, other] = [await signIn(server, user), await signIn(server, user)];
    const second: Session = (await refresh(robbed.refresh_token)).json;
    const third: Session = (await refresh(second.refresh_token)).json;
    expectAnswer(await refresh(robbed.refresh_token), NO_REFRESH);
    for (const session of [robbed, second, third]) assert.equal(await isLive(session), false);
    expectAnswer(await refresh(third.refresh_token), NO_REFRESH);
    assert.ok(await isLive(other));
    assert.equal(server.events.at(-2)?.name, 'session.refresh_reused');
  });

  test('the last token, presented again at once, gets the same bytes', async () => {
    const session = await openSession(server);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refresh(session.refresh_token)),
    );
    for (const answer of answers) assert.equal(answer.status, 200);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  });
});

describe('logout', () => {
  const ended = { status: 200, text: '{"success":true}', without: ['set-cookie'] };
  const forms: [what: string, options: (session: Session) => CallOptions][] = [
    ['a bearer', ({ token }) => ({ bearer: token })],
    ['a bearer and an empty object', ({ token }) => ({ bearer: token, body: {} })],
    ['a bearer and null', ({ token }) => ({ bearer: token, body: { refresh_token: null } })],
    ['a bearer and an empty text', ({ token }) => ({ bearer: token, body: { refresh_token: '' } })],
    ['a bearer and other fields', ({ token }) => ({ bearer: token, body: { token: 5 } })],
    ['a refresh token', ({ refresh_token }) => ({ body: { refresh_token } })],
    ['both', ({ token, refresh_token }) => ({ bearer: token, body: { refresh_token } })],
    [
      'a bad bearer and a refresh token',
      ({ refresh_token }) => ({ bearer: 'x', body: { refresh_token } }),
    ],
    [
      'a bearer and a bad refresh token',
      ({ token }) => ({ bearer: token, body: { refresh_token: 'x' } }),
    ],
    ['a bearer and itself', ({ token }) => ({ bearer: token, body: { refresh_token: token } })],
  ];
  for (const [what, options] of forms) {
    test(`by ${what} ends the session and no other of the same user`, async () => {
      const user = await createUser(server);
      const [session, other] = [await signIn(server, user), await signIn(server, user)];
      expectAnswer(await logout(options(session)), ended);
      assert.equal(await isLive(session), false);
      expectAnswer(await refresh(session.refresh_token), NO_REFRESH);
      assert.ok(await isLive(other));
      assert.equal((await refresh(other.refresh_token)).status, 200);
      expectAnswer(await logout(options(session)), DEAD_TOKEN, 'a second time');
    });
  }

  test('by tokens of two sessions ends both', async () => {
    const [first, second] = [await openSession(server), await openSession(server)];
    const { refresh_token } = second;
    expectAnswer(await logout({ bearer: first.token, body: { refresh_token } }), ended);
    assert.equal(await isLive(first), false);
    assert.equal(await isLive(second), false);
  });

  test('ends every access token of the session, also after a refresh', async () => {
    const session = await openSession(server);
    const next: Session = (await refresh(session.refresh_token)).json;
    expectAnswer(await logout({ bearer: session.token }), ended);
    assert.equal(await isLive(session), false);
    assert.equal(await isLive(next), false);
  });

  test('by the replaced refresh token ends the session within the grace period', async () => {
    const session = await openSession(server);
    const next: Session = (await refresh(session.refresh_token)).json;
    expectAnswer(await logout({ body: { refresh_token: session.refresh_token } }), ended);
    assert.equal(await isLive(next), false);
  });

  test('by neither, or by none that is live, ends nothing', async () => {
    const session = await openSession(server);
    const dead = await openSession(server);
    await logout({ bearer: dead.token });
    const admin = await server.signInAdmin();
    const rows: CallOptions[] = [
      {},
      { body: {} },
      { body: { refresh_token: null } },
      { body: { refresh_token: '' } },
      { body: { refresh_token: 'x' } },
      { body: { refresh_token: session.token } },
      { body: { refresh_token: dead.refresh_token } },
      { body: { sid: claimsOf(session.token).sid, user_id: claimsOf(session.token).user_id } },
      { bearer: 'nothing' },
      { bearer: session.refresh_token },
      { bearer: admin },
      { bearer: dead.token, body: { refresh_token: dead.refresh_token } },
      { headers: { authorization: session.token } },
      { headers: { authorization: `Basic ${session.token}` } },
      { headers: { cookie: `token=${session.token}; refresh_token=${session.refresh_token}` } },
    ];
    for (const options of rows) {
      expectAnswer(await logout(options), DEAD_TOKEN, JSON.stringify(options).slice(0, 80));
    }
    assert.ok(await isLive(session));
  });

  test('a refresh token of the wrong type is an invalid request and ends nothing', async () => {
    const session = await openSession(server);
    for (const refresh_token of [5, true, [], {}, [session.refresh_token]]) {
      const answer = await logout({ bearer: session.token, body: { refresh_token } });
      expectAnswer(answer, INVALID_BODY);
    }
    assert.ok(await isLive(session));
  });
});
