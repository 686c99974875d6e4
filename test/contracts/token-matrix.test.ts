/**
 * Decision 1: each kind of token opens its own doors and no other. Every kind of credential is
 * shown at every door; what should come of it is derived from the contracts.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { alterDatabase, createAccessToken, openSession } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { openAdminConsole, openUserConsole, SESSION } from '../support/console-browser.ts';
import {
  adminRefusal,
  DEAD_TOKEN,
  expectAnswer,
  problemRefusal,
  UNAUTHORIZED,
} from '../support/expect-answer.ts';
import { claimsOf, forge, secretsOf } from '../support/forged-tokens.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';
import {
  ADMIN_DOORS,
  callsOfDoors,
  DENIED,
  LIVE,
  managingDoors,
  NO_GATE,
  showAtEveryDoor,
  showCookieAtEveryDoor,
  UNCONFIRMED,
} from '../support/token-doors.ts';

let server: TestServer;
before(async () => {
  server = await startCheckedServer();
});
after(() => server.close());

const NO_ADMIN = [
  { at: 'administer', answer: DENIED },
  { at: 'export users', answer: DENIED },
  NO_GATE,
] as const;
const NO_MANAGER = [{ at: 'manage users', answer: DENIED } as const, ...NO_ADMIN];

const adminJwt = () => LIVE.adminJwt(server);
const userAccess = () => LIVE.userAccess(server);
const userRefresh = () => LIVE.userRefresh(server);
const accessToken = (permission: string) => LIVE.accessToken(server, permission);

describe('what is live opens its own doors', () => {
  test('an admin JWT', () =>
    showAtEveryDoor(server, adminJwt, ['manage tokens', 'switch', ...ADMIN_DOORS]));
  test('a user’s access token', () =>
    showAtEveryDoor(server, userAccess, ['verify', 'logout', 'own account'], ...NO_MANAGER));
  test('the access token of a user with the role ADMIN', () => {
    const mint = () => LIVE.managerAccess(server);
    const opens = ['verify', 'logout', 'own account', 'manage users', 'administer'] as const;
    return showAtEveryDoor(server, mint, opens, UNCONFIRMED, NO_GATE);
  });
  test('a user’s refresh token', () =>
    showAtEveryDoor(server, userRefresh, ['refresh', 'logout by body']));

  const names = ['read', 'write', 'admin'];
  for (let mask = 1; mask < 8; mask += 1) {
    const permission = names.filter((_, bit) => mask & (1 << bit)).join();
    test(`an access token that may ${permission}`, () => {
      const mint = () => accessToken(permission);
      if (permission.includes('admin')) {
        const opens = ['manage tokens', 'manage users', 'token itself'] as const;
        return showAtEveryDoor(server, mint, opens, ...NO_ADMIN);
      }
      const answer = adminRefusal(403, 'Admin permission required');
      const denied = [{ at: 'manage tokens', answer } as const, ...NO_MANAGER];
      return showAtEveryDoor(server, mint, ['token itself'], ...denied);
    });
  }

  test('a JWT that we sign by hand with the same claims', async () => {
    const { admin, user } = secretsOf(server.folder);
    const again = (secret: string, mint: () => Promise<string>) => async () =>
      forge(secret, claimsOf(await mint()));
    await showAtEveryDoor(server, again(admin, adminJwt), [
      'manage tokens',
      'switch',
      ...ADMIN_DOORS,
    ]);
    const own = ['verify', 'logout', 'own account'] as const;
    await showAtEveryDoor(server, again(user, userAccess), own, ...NO_MANAGER);
    await showAtEveryDoor(server, again(user, userRefresh), ['refresh', 'logout by body']);
  });
});

describe('what has died opens nothing', () => {
  const shifted = (secret: string, token: string) => {
    const { iat, exp, ...claims } = claimsOf(token);
    const lifetime = Number(exp) - Number(iat);
    const now = server.clock.nowMs() / 1000;
    return forge(secret, { ...claims, iat: now - lifetime, exp: now });
  };
  const dead: [what: string, mint: () => Promise<string>][] = [
    ['an expired admin JWT', async () => shifted(secretsOf(server.folder).admin, await adminJwt())],
    [
      'an expired access JWT',
      async () => shifted(secretsOf(server.folder).user, await userAccess()),
    ],
    [
      'an expired refresh JWT',
      async () => shifted(secretsOf(server.folder).user, await userRefresh()),
    ],
    [
      'an admin JWT from before a reset',
      async () => {
        const token = await adminJwt();
        await server.sallyport.admin.resetPassword(ADMIN_PASSWORD);
        return token;
      },
    ],
    [
      'the access token of a manager who was disabled',
      async () => {
        const token = await LIVE.managerAccess(server);
        const { user_id: id } = claimsOf(token);
        await alterDatabase(server, 'update users set is_enabled = 0 where id = ?', id);
        return token;
      },
    ],
    [
      'the access token of an ended session',
      async () => {
        const { token } = await openSession(server);
        await server.call('POST', '/api/auth/logout', { bearer: token });
        return token;
      },
    ],
    [
      'the refresh token of an ended session',
      async () => {
        const { token, refresh_token } = await openSession(server);
        await server.call('POST', '/api/auth/logout', { bearer: token });
        return refresh_token;
      },
    ],
    [
      'an expired access token',
      async () => {
        const { id, token } = await createAccessToken(server, 'admin');
        const nowMs = server.clock.nowMs();
        await alterDatabase(
          server,
          'update access_tokens set expires_at_ms = ? where id = ?',
          nowMs,
          id,
        );
        return token;
      },
    ],
    [
      'a rotated access token',
      async () => {
        const { id, token } = await createAccessToken(server, 'admin');
        const bearer = await adminJwt();
        await server.call('POST', `/auth/access_token/${id}/rotate`, { bearer });
        return token;
      },
    ],
    [
      'a deleted access token',
      async () => {
        const { id, token } = await createAccessToken(server, 'admin');
        await server.call('DELETE', `/auth/api_key/${id}`, { bearer: await adminJwt() });
        return token;
      },
    ],
  ];
  for (const [what, mint] of dead) test(what, () => showAtEveryDoor(server, mint));
});

describe('what never lived opens nothing', () => {
  const words = ['nothing', 'null', 'undefined', 'true', '0', 'admin', 'Bearer', 'a.b.c', '{}'];
  const vdai = ['vdai_', 'vdai_x', `vdai_${'0'.repeat(50)}`, `vdai_${'A'.repeat(49)}=`];
  for (const word of [...words, ...vdai, ADMIN_PASSWORD, 'x'.repeat(10_000)]) {
    test(word.slice(0, 30), () => showAtEveryDoor(server, () => word));
  }

  test('no credential at all, Basic, and other schemes', async () => {
    const good = await adminJwt();
    const basic = Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64');
    for (const authorization of [
      undefined,
      `Basic ${basic}`,
      `Token ${good}`,
      `JWT ${good}`,
      good,
    ]) {
      const headers: Record<string, string> = authorization ? { authorization } : {};
      for (const { call } of managingDoors('/auth/access_token')) {
        const [method = '', path = ''] = call.split(' ');
        expectAnswer(await server.call(method, path, { headers }), UNAUTHORIZED, authorization);
      }
      const body = { enabled: false };
      const answer = await server.call('PATCH', '/auth/enabled', {
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      });
      expectAnswer(answer, UNAUTHORIZED, authorization);
    }
  });

  test('an access token with one character changed, anywhere', async () => {
    const token = await accessToken('admin');
    for (let index = 0; index < token.length; index += 1) {
      const other = token[index] === 'x' ? 'y' : 'x';
      const bearer = token.slice(0, index) + other + token.slice(index + 1);
      expectAnswer(await server.call('GET', '/auth/access_tokens', { bearer }), UNAUTHORIZED);
    }
    const swapped = token.toUpperCase();
    expectAnswer(await server.call('GET', '/auth/api_keys', { bearer: swapped }), UNAUTHORIZED);
    assert.equal((await server.call('GET', '/auth/api_keys', { bearer: token })).status, 200);
  });
});

test('a manager who was demoted manages no more, with the same token', async () => {
  const bearer = await LIVE.managerAccess(server);
  assert.equal((await server.call('GET', '/management/stats', { bearer })).status, 200);
  const { user_id: id } = claimsOf(bearer);
  await alterDatabase(server, "update users set role = 'STANDARD' where id = ?", id);
  expectAnswer(await server.call('GET', '/management/stats', { bearer }), DENIED);
});

describe('the cookie of a console session opens what its holder may manage, and nothing else', () => {
  const opens = ['manage users', 'administer', 'export users', 'console session'] as const;

  test('of the built-in admin', async () => {
    const mint = async () => (await openAdminConsole(server)).cookie;
    await showCookieAtEveryDoor(server, mint, [...opens, 'turn the gate']);
  });
  test('of a user with the role ADMIN', async () => {
    const mint = async () => (await openUserConsole(server)).browser.cookie;
    await showCookieAtEveryDoor(server, mint, opens, NO_GATE);
  });
  test('never of nobody, of one who has signed out, and of another name', async () => {
    const ended = async () => {
      const browser = await openAdminConsole(server);
      const { cookie } = browser;
      await browser.send('DELETE', SESSION);
      return cookie;
    };
    const renamed = async () =>
      (await openAdminConsole(server)).cookie.replace(/^console/, 'token');
    const secure = async () => `__Host-${(await openAdminConsole(server)).cookie}`;
    const asJwt = async () => `console=${await adminJwt()}`;
    for (const mint of [ended, renamed, secure, asJwt, () => `console=${'A'.repeat(43)}`]) {
      await showCookieAtEveryDoor(server, mint, []);
    }
  });
  test('and the cookies of the login page open one’s own account alone', async () => {
    const mint = async () => `token=${await LIVE.managerAccess(server)}`;
    await showCookieAtEveryDoor(server, mint, ['own account']);
  });
});

test('the doors are all calls that take a credential', async () => {
  const { json: document } = await server.call('GET', '/openapi.json');
  const guarded = Object.entries(document.paths as Record<string, Record<string, object>>)
    .filter(([path]) => /^\/(management|account)\//.test(path))
    .flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`));
  const open = ['get /management/console/start', 'post /management/console/session'];
  const doors = callsOfDoors();
  assert.deepEqual(
    guarded.filter((call) => !doors.has(call)).sort(),
    open,
    'a call that no credential has been shown to',
  );
});

test('no cookie of the login page opens a door of the management API', async () => {
  const [admin, user] = [await adminJwt(), await LIVE.managerAccess(server)];
  for (const token of [admin, user]) {
    const headers = { cookie: `token=${token}; refresh_token=${token}` };
    const answer = await server.call('GET', '/management/users', { headers });
    expectAnswer(answer, problemRefusal(401, 'bearer_invalid'));
  }
});

test('other claims than the known ones have no say, and of two equal ones the last', async () => {
  const secret = secretsOf(server.folder).user;
  const { token } = await openSession(server);
  const text = JSON.stringify(claimsOf(token));
  const rows = [
    text.replace('{', '{"__proto__":{"role":"ADMIN"},"admin":true,"permissions":7,'),
    text.replace('"role":"STANDARD"', '"role":"ADMIN"'),
    text.replace('{', '{"exp":1,"token_type":"refresh",'),
  ];
  for (const payload of rows) {
    const bearer = forge(secret, payload);
    const answer = await server.call('GET', '/api/auth/verify', { bearer });
    expectAnswer(answer, { status: 200 });
    assert.equal(answer.json.role, 'STANDARD');
  }
});

test('a signed claim to another user or session than its own opens nothing', async () => {
  const secret = secretsOf(server.folder).user;
  const [own, other] = [claimsOf(await userAccess()), claimsOf(await userAccess())];
  for (const more of [
    { user_id: other.user_id },
    { sid: other.sid },
    { sid: 'x' },
    { sid: null },
  ]) {
    const bearer = forge(secret, { ...own, ...more });
    expectAnswer(await server.call('GET', '/api/auth/verify', { bearer }), DEAD_TOKEN);
  }
});
