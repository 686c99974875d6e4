/**
 * Decision 1: each kind of token opens its own doors and no other. Every kind of credential is
 * shown at every door; what should come of it is derived from the contracts.
 */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { alterDatabase, createAccessToken, openSession } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import {
  adminRefusal,
  DEAD_TOKEN,
  type ExpectedAnswer,
  expectAnswer,
  UNAUTHORIZED,
  userRefusal,
} from '../support/expect-answer.ts';
import { claimsOf, forge, secretsOf } from '../support/forged-tokens.ts';
import type { CallOptions } from '../support/http-call.ts';
import { FORGERIES, type Genuine } from '../support/jwt-forgeries.ts';
import { ADMIN_PASSWORD, type TestServer } from '../support/test-server.ts';

type DoorName = 'manage tokens' | 'switch' | 'verify' | 'logout' | 'refresh' | 'logout by body';

interface Door {
  readonly name: DoorName;
  readonly call: string;
  readonly show: (token: string) => CallOptions;
  /** The status for who may pass: a door that leads to nothing is 404 behind the guard. */
  readonly open: number;
  readonly refused: ExpectedAnswer;
}

const asBearer = (token: string): CallOptions => ({
  headers: { authorization: `Bearer ${token}` },
});
const inBody = (token: string): CallOptions => ({ body: { refresh_token: token } });

function managingDoors(path: string): Door[] {
  const door = (call: string, open: number, body?: object): Door => ({
    name: 'manage tokens',
    call,
    show: (token) => ({ ...asBearer(token), body }),
    open,
    refused: UNAUTHORIZED,
  });
  return [
    door(`GET ${path}s`, 200),
    door(`POST ${path}`, 200, { name: 'n', permission: 'read' }),
    door(`POST ${path}/999999/rotate`, 404),
    door(`DELETE ${path}/999999`, 404),
  ];
}

const DOORS: Door[] = [
  ...managingDoors('/auth/access_token'),
  ...managingDoors('/auth/api_key'),
  {
    name: 'switch',
    call: 'PATCH /auth/enabled',
    show: (token) => ({ ...asBearer(token), body: { enabled: true } }),
    open: 200,
    refused: UNAUTHORIZED,
  },
  { name: 'verify', call: 'GET /api/auth/verify', show: asBearer, open: 200, refused: DEAD_TOKEN },
  { name: 'logout', call: 'POST /api/auth/logout', show: asBearer, open: 200, refused: DEAD_TOKEN },
  {
    name: 'refresh',
    call: 'POST /api/auth/refresh',
    show: inBody,
    open: 200,
    refused: userRefusal(401, 'failed to refresh access token'),
  },
  {
    name: 'logout by body',
    call: 'POST /api/auth/logout',
    show: inBody,
    open: 200,
    refused: DEAD_TOKEN,
  },
];

let server: TestServer;
let canary: Server;
let canaryCalls = 0;
before(async () => {
  server = await startCheckedServer();
  canary = createServer((_request, response) => {
    canaryCalls += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
});
after(() => Promise.all([server.close(), new Promise((resolve) => canary.close(resolve))]));

/** What a malformed header is answered at verify; elsewhere it is like any bad credential. */
const BAD_FORM = userRefusal(401, 'invalid authorization header format');
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/;

function expectedAt(door: Door, token: string, opens: readonly DoorName[]): ExpectedAnswer {
  if (opens.includes(door.name)) return { status: door.open };
  return door.name === 'verify' && !TOKEN_FORM.test(token.trim()) ? BAD_FORM : door.refused;
}

/** Whether an HTTP client can write this into a header. */
function fitsHeader(token: string): boolean {
  return !/[\r\n]/.test(token) && token.trim() === token;
}

async function showAtEveryDoor(
  mint: () => Promise<string> | string,
  opens: readonly DoorName[] = [],
  refused?: { at: DoorName; answer: ExpectedAnswer },
): Promise<void> {
  for (const door of DOORS) {
    const token = await mint();
    const isInBody = door.show('x').headers === undefined;
    if (!isInBody && !fitsHeader(token)) continue;
    const [method = '', path = ''] = door.call.split(' ');
    const answer = await server.call(method, path, door.show(token));
    const expected = refused?.at === door.name ? refused.answer : expectedAt(door, token, opens);
    expectAnswer(answer, expected, `${door.call} (${door.name})`);
  }
}

const adminJwt = () => server.signInAdmin();
const userAccess = async () => (await openSession(server)).token;
const userRefresh = async () => (await openSession(server)).refresh_token;
const accessToken = async (permission: string) =>
  (await createAccessToken(server, permission)).token;

describe('what is live opens its own doors', () => {
  test('an admin JWT', () => showAtEveryDoor(adminJwt, ['manage tokens', 'switch']));
  test('a user’s access token', () => showAtEveryDoor(userAccess, ['verify', 'logout']));
  test('a user’s refresh token', () => showAtEveryDoor(userRefresh, ['refresh', 'logout by body']));

  const names = ['read', 'write', 'admin'];
  for (let mask = 1; mask < 8; mask += 1) {
    const permission = names.filter((_, bit) => mask & (1 << bit)).join();
    test(`an access token that may ${permission}`, () => {
      const mint = () => accessToken(permission);
      if (permission.includes('admin')) return showAtEveryDoor(mint, ['manage tokens']);
      const answer = adminRefusal(403, 'Admin permission required');
      return showAtEveryDoor(mint, [], { at: 'manage tokens', answer });
    });
  }

  test('a JWT that we signed by hand with the same claims (so the forgeries below are near)', async () => {
    const { admin, user } = secretsOf(server.folder);
    const again = (secret: string, mint: () => Promise<string>) => async () =>
      forge(secret, claimsOf(await mint()));
    await showAtEveryDoor(again(admin, adminJwt), ['manage tokens', 'switch']);
    await showAtEveryDoor(again(user, userAccess), ['verify', 'logout']);
    await showAtEveryDoor(again(user, userRefresh), ['refresh', 'logout by body']);
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
        alterDatabase(server, 'update access_tokens set expires_at_ms = ? where id = ?', nowMs, id);
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
  for (const [what, mint] of dead) test(what, () => showAtEveryDoor(mint));
});

describe('what never lived opens nothing', () => {
  const words = ['nothing', 'null', 'undefined', 'true', '0', 'admin', 'Bearer', 'a.b.c', '{}'];
  const vdai = ['vdai_', 'vdai_x', `vdai_${'0'.repeat(50)}`, `vdai_${'A'.repeat(49)}=`];
  for (const word of [...words, ...vdai, ADMIN_PASSWORD, 'x'.repeat(10_000)]) {
    test(word.slice(0, 30), () => showAtEveryDoor(() => word));
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

const BASES: [name: string, mint: () => Promise<string>, key: 'admin' | 'user'][] = [
  ['an admin JWT', adminJwt, 'admin'],
  ['an access JWT', userAccess, 'user'],
  ['a refresh JWT', userRefresh, 'user'],
];

for (const [base, mint, key] of BASES) {
  describe(`${base}, forged`, () => {
    for (const [name, make] of FORGERIES) {
      test(`with ${name} opens nothing`, async () => {
        const secrets = secretsOf(server.folder);
        const genuine: Genuine = {
          token: await mint(),
          secret: secrets[key],
          otherSecret: secrets[key === 'admin' ? 'user' : 'admin'],
          canaryUrl: `http://127.0.0.1:${(canary.address() as AddressInfo).port}/keys`,
        };
        await showAtEveryDoor(() => make(genuine));
      });
    }

    test('to be of another kind opens nothing, under its own key', async () => {
      const secret = secretsOf(server.folder)[key];
      const kinds = ['admin', 'access', 'refresh'];
      const own = claimsOf(await mint());
      for (const token_type of kinds.filter((kind) => kind !== own.token_type)) {
        // A refresh JWT that says access would be one: those two share their key and their claims.
        if (key === 'user' && token_type !== 'admin') continue;
        const more = { token_type, sub: 'admin', user_id: 1, sid: own.sid ?? 'x', gen: 1 };
        await showAtEveryDoor(() => forge(secret, { ...own, ...more }));
      }
    });
  });
}

test('no forgery made the server ask elsewhere or changed what all objects are', () => {
  assert.equal(canaryCalls, 0);
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal('role' in {}, false);
});

test('claims beside the known ones have no say, and of two equal ones the last counts', async () => {
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
