/** Contract 1: the admin account and its sign-in. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer, UNAUTHORIZED } from '../support/expect-answer.ts';
import { claimsOf, headerText, PLAIN_HEADER } from '../support/forged-tokens.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';

const FOREIGN = { 'x-forwarded-for': '198.51.100.7' };
const REFUSED_LOGIN = '{"token":null,"message":"Invalid username or password","expires_in":0}';
const body = { password: ADMIN_PASSWORD };
const OTHER_PASSWORD = 'Another-Pass-Word-7';

/** For what can happen only once in the life of a server. */
async function withNewServer(work: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startCheckedServer();
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

test('before there is an admin nobody can sign in, be reset or be told apart', () =>
  withNewServer(async (server) => {
    const exists = await server.call('GET', '/auth/admin/exists');
    expectAnswer(exists, {
      status: 200,
      text: /^\{"usage":\{\},"time":[\d.e-]+,"status":"ok","result":false\}$/,
    });
    assert.ok(exists.json.time >= 0 && exists.json.time < 5);
    expectAnswer(await server.call('POST', '/auth/admin/login', { body }), {
      status: 401,
      text: REFUSED_LOGIN,
      without: ['www-authenticate'],
    });
    const reset = await server.call('POST', '/auth/admin/reset-password', { body });
    expectAnswer(reset, adminRefusal(404, 'User not found'));
  }));

test('the admin is created from localhost, once', () =>
  withNewServer(async (server) => {
    const foreign = await server.call('POST', '/auth/admin', { body, headers: FOREIGN });
    expectAnswer(
      foreign,
      adminRefusal(403, 'This endpoint can only be called from localhost'),
      'through a proxy',
    );
    assert.equal((await server.call('GET', '/auth/admin/exists')).json.result, false);
    expectAnswer(await server.call('POST', '/auth/admin', { body }), {
      status: 200,
      text: '{"status":"success","message":"User registered successfully"}',
      without: ['www-authenticate', 'set-cookie'],
    });
    assert.equal((await server.call('GET', '/auth/admin/exists')).json.result, true);
    const again = await server.call('POST', '/auth/admin', { body: { password: OTHER_PASSWORD } });
    expectAnswer(again, adminRefusal(409, 'Username already exists'));
    expectAnswer(await server.call('POST', '/auth/admin/login', { body }), { status: 200 });
  }));

test('fifty calls at once create one admin, and one password is hashed', () =>
  withNewServer(async (server) => {
    const release = server.engine.hold();
    const calls = Array.from({ length: 50 }, () => server.call('POST', '/auth/admin', { body }));
    const isHashing = () => server.engine.jobs.length > 0;
    while (!isHashing()) await server.call('GET', '/health');
    // Time for the others to arrive; those that did not wait would be hashed beside the first.
    for (let round = 0; round < 50; round += 1) await server.call('GET', '/health');
    release();
    const statuses = (await Promise.all(calls)).map((answer) => answer.status);
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.equal(statuses.filter((status) => status === 409).length, 49);
    assert.equal(server.engine.jobs.length, 1);
  }));

test('a reset replaces the password and ends every admin JWT', () =>
  withNewServer(async (server) => {
    const bearer = await server.signInAdmin();
    const next = { password: OTHER_PASSWORD };
    const foreign = await server.call('POST', '/auth/admin/reset-password', {
      body: next,
      headers: FOREIGN,
    });
    expectAnswer(foreign, adminRefusal(403, 'This endpoint can only be called from localhost'));
    expectAnswer(await server.call('GET', '/auth/access_tokens', { bearer }), { status: 200 });
    expectAnswer(await server.call('POST', '/auth/admin/reset-password', { body: next }), {
      status: 200,
      text: '{"status":"success","message":"Password reset successfully"}',
    });
    expectAnswer(await server.call('GET', '/auth/access_tokens', { bearer }), UNAUTHORIZED);
    expectAnswer(await server.call('POST', '/auth/admin/login', { body }), { status: 401 });
    expectAnswer(await server.call('POST', '/auth/admin/login', { body: next }), { status: 200 });
  }));

test('no local call is local when local calls are switched off', async () => {
  const server = await startCheckedServer({ settings: { LOCAL_ADMIN_CALLS: 'off' } });
  try {
    for (const path of ['/auth/admin', '/auth/admin/reset-password']) {
      const answer = await server.call('POST', path, { body });
      expectAnswer(
        answer,
        adminRefusal(403, 'This endpoint can only be called from localhost'),
        path,
      );
    }
  } finally {
    await server.close();
  }
});

describe('admin login', () => {
  let server: TestServer;
  before(async () => {
    server = await startCheckedServer();
    await server.signInAdmin();
  });
  after(() => server.close());

  test('gives a JWT that lives as long as it says', async () => {
    const answer = await server.call('POST', '/auth/admin/login', { body });
    expectAnswer(answer, {
      status: 200,
      text: /^\{"token":"[\w-]+\.[\w-]+\.[\w-]+","message":"Login successful","expires_in":3600\}$/,
      headers: { 'cache-control': 'no-store' },
      without: ['www-authenticate', 'set-cookie', 'access-control-allow-origin'],
    });
    const { token } = answer.json;
    assert.equal(headerText(token), PLAIN_HEADER);
    const { iat, exp, ...claims } = claimsOf(token);
    assert.equal(iat, server.clock.nowMs() / 1000);
    assert.equal(Number(exp) - Number(iat), 3600);
    assert.equal(claims.sub, 'admin');
    assert.equal(claims.iss, 'Vega AI');
  });

  test('the JWT works to its last second and not after', async () => {
    const aside = await startCheckedServer();
    try {
      const bearer = await aside.signInAdmin();
      aside.clock.advanceMs(3_600_000 - 1);
      expectAnswer(await aside.call('GET', '/auth/access_tokens', { bearer }), { status: 200 });
      aside.clock.advanceMs(1);
      expectAnswer(await aside.call('GET', '/auth/access_tokens', { bearer }), UNAUTHORIZED);
    } finally {
      await aside.close();
    }
  });

  for (const authorization of ['Bearer nothing', 'Basic YTpi', 'x', ['Bearer a', 'Bearer b']]) {
    test(`a stray Authorization header (${authorization}) is ignored`, async () => {
      const headers = { authorization, 'content-type': 'application/json' };
      const good = await server.call('POST', '/auth/admin/login', { body, headers });
      assert.equal(good.status, 200);
    });
  }

  test('a wrong password is refused in the form of a login and not of an error', async () => {
    for (const password of ['x', 'wrong password', `${ADMIN_PASSWORD} `, `${ADMIN_PASSWORD}\0`]) {
      const answer = await server.call('POST', '/auth/admin/login', { body: { password } });
      const without = ['www-authenticate', 'retry-after'];
      expectAnswer(answer, { status: 401, text: REFUSED_LOGIN, without }, password);
    }
  });

  test('no other field of the body has a say', async () => {
    const more = { ...body, username: 'nobody', role: 'user', expires_in: 9e9, __proto__: null };
    const answer = await server.call('POST', '/auth/admin/login', { body: more });
    assert.equal(answer.json.expires_in, 3600);
  });

  test('success and failure are recorded, and neither with the password', async () => {
    await server.call('POST', '/auth/admin/login', { body: { password: 'canary-in-the-log' } });
    const names = server.events.map((event) => event.name);
    assert.ok(names.includes('admin.signed_in') && names.includes('admin.sign_in_failed'));
    assert.doesNotMatch(JSON.stringify(server.events) + server.logLines.join(), /canary/);
  });
});
