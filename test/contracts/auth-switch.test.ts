/** Contract 1, `PATCH /auth/enabled`, and decision 3: enforcement is on unless clearly off. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterDatabase, createAccessToken, openSession } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer, UNAUTHORIZED } from '../support/expect-answer.ts';
import type { TestServer } from '../support/test-server.ts';

async function withServer(
  work: (server: TestServer, bearer: string) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  const server = await startCheckedServer({ settings });
  try {
    await work(server, await server.signInAdmin());
  } finally {
    await server.close();
  }
}

async function listStatus(server: TestServer, bearer: string): Promise<number> {
  return (await server.call('GET', '/auth/access_tokens', { bearer })).status;
}

test('the switch answers with the state after the call, in both directions', () =>
  withServer(async (server, bearer) => {
    for (const enabled of [false, false, true, true]) {
      const answer = await server.call('PATCH', '/auth/enabled', { bearer, body: { enabled } });
      const text = new RegExp(
        `^\\{"usage":\\{\\},"time":[\\d.e-]+,"status":"ok","result":${enabled}\\}$`,
      );
      expectAnswer(answer, { status: 200, text });
      assert.equal(await listStatus(server, bearer), enabled ? 200 : 403);
    }
    const switched = server.events.filter((event) => event.name.startsWith('auth.'));
    assert.equal(new Set(switched.map((event) => event.name)).size, 2);
  }));

test('the switch needs the admin JWT, whether auth is on or off', () =>
  withServer(async (server, bearer) => {
    const accessToken = (await createAccessToken(server, 'read,write,admin')).token;
    const session = await openSession(server);
    for (const enabled of [true, false]) {
      await server.call('PATCH', '/auth/enabled', { bearer, body: { enabled } });
      for (const wrong of [undefined, 'nothing', accessToken, session.token]) {
        const body = { enabled: !enabled };
        const answer = await server.call('PATCH', '/auth/enabled', { bearer: wrong, body });
        expectAnswer(answer, UNAUTHORIZED, `${wrong} while ${enabled}`);
      }
      assert.equal(await listStatus(server, bearer), enabled ? 200 : 403);
    }
  }));

test('only true and false are states', () =>
  withServer(async (server, bearer) => {
    const rows: [body: object | string | undefined, message: string][] = [
      [undefined, 'Missing required field: enabled'],
      [{}, 'Missing required field: enabled'],
      [{ enabled: null }, 'Missing required field: enabled'],
      [{ Enabled: false }, 'Missing required field: enabled'],
      ...['false', '', 0, 1, [], {}, [false]].map((enabled): [object, string] => [
        { enabled },
        'Invalid field: enabled',
      ]),
      ['false', 'Invalid JSON body'],
      ['[false]', 'Invalid JSON body'],
      ['{enabled:false}', 'Invalid JSON body'],
    ];
    for (const [body, message] of rows) {
      const answer = await server.call('PATCH', '/auth/enabled', { bearer, body });
      expectAnswer(answer, adminRefusal(400, message), JSON.stringify(body));
      assert.equal(await listStatus(server, bearer), 200);
    }
  }));

test('while auth is off the token calls answer before they look at credentials', () =>
  withServer(async (server, bearer) => {
    await server.call('PATCH', '/auth/enabled', { bearer, body: { enabled: false } });
    const spellings = { access_token: 'Access token', api_key: 'API key management' };
    for (const [word, name] of Object.entries(spellings)) {
      const refusal = adminRefusal(403, `${name} API requires auth_enabled=true`);
      for (const [method, path] of [
        ['POST', `/auth/${word}`],
        ['GET', `/auth/${word}s`],
        ['POST', `/auth/${word}/1/rotate`],
        ['DELETE', `/auth/${word}/x`],
      ] as const) {
        for (const wrong of [bearer, undefined, 'nothing']) {
          const answer = await server.call(method, path, { bearer: wrong, body: 'not JSON' });
          expectAnswer(answer, { ...refusal, without: ['www-authenticate'] }, `${method} ${path}`);
        }
      }
    }
  }));

test('turning auth off opens nothing else and says nothing to strangers', () =>
  withServer(async (server, bearer) => {
    const session = await openSession(server);
    const before = (await server.call('GET', '/health')).text;
    await server.call('PATCH', '/auth/enabled', { bearer, body: { enabled: false } });
    const verify = (token?: string) => server.call('GET', '/api/auth/verify', { bearer: token });
    assert.equal((await verify()).status, 401);
    assert.equal((await verify('nothing')).status, 401);
    assert.equal((await verify(session.token)).status, 200);
    const wrong = { password: 'Wrong-Password-1' };
    const login = await server.call('POST', '/auth/admin/login', { body: wrong });
    assert.equal(login.status, 401);
    assert.equal((await server.call('GET', '/health')).text, before);
  }));

test('AUTH_ENABLED sets the first value of a new database and never a later one', () =>
  withServer(
    async (server, bearer) => {
      assert.equal(await listStatus(server, bearer), 403);
      const on = { bearer, body: { enabled: true } };
      assert.equal((await server.call('PATCH', '/auth/enabled', on)).status, 200);
      const { folder } = server;
      const again = await startCheckedServer({ folder, settings: { AUTH_ENABLED: 'false' } });
      try {
        assert.equal(await listStatus(again, bearer), 200);
      } finally {
        await again.close();
      }
    },
    { AUTH_ENABLED: 'false' },
  ));

test('a state that is missing or cannot be read means on', () =>
  withServer(
    async (server, bearer) => {
      assert.equal(await listStatus(server, bearer), 403);
      for (const value of ['False', 'false ', '0', 'no', 'off', '', 'null']) {
        await alterDatabase(
          server,
          "update settings set value = ? where name = 'auth_enabled'",
          value,
        );
        assert.equal(await listStatus(server, bearer), 200, `"${value}"`);
      }
      await alterDatabase(
        server,
        "update settings set value = 'false' where name = 'auth_enabled'",
      );
      assert.equal(await listStatus(server, bearer), 403);
      await alterDatabase(server, "delete from settings where name = 'auth_enabled'");
      assert.equal(await listStatus(server, bearer), 200);
    },
    { AUTH_ENABLED: 'false' },
  ));
