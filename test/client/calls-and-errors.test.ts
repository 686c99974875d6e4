/** Every call of both contracts through the client, and what its errors say and never say. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import {
  createAdminClient,
  createUserClient,
  SallyportClientError,
} from '../../packages/client/src/index.ts';
import { createUser, USER_PASSWORD } from '../support/accounts.ts';
import { startClient } from '../support/client-harness.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer({ settings: { LOGIN_FAILURES_PER_MINUTE: '1000' } });
});
after(() => server.close());

test('the admin API from the first admin to the last token', async () => {
  const admin = createAdminClient({ baseUrl: server.url });
  assert.equal(await admin.exists(), false);
  await assert.rejects(admin.resetPassword(ADMIN_PASSWORD), { code: 'admin_not_found' });
  await assert.rejects(admin.create('short'), { code: 'request_invalid', status: 400 });
  await admin.create(ADMIN_PASSWORD);
  assert.equal(await admin.exists(), true);
  await assert.rejects(admin.create(ADMIN_PASSWORD), { code: 'admin_already_exists', status: 409 });
  await assert.rejects(admin.signIn('wrong'), { code: 'credentials_invalid', status: 401 });
  await assert.rejects(admin.accessTokens.list(), { code: 'bearer_invalid', status: 401 });

  await admin.resetPassword(`${ADMIN_PASSWORD}!`);
  assert.equal((await admin.signIn(`${ADMIN_PASSWORD}!`)).expires_in, 3600);
  const created = await admin.accessTokens.create({
    name: 'nightly',
    permission: 'read,write',
    will_expire: true,
    expires_in_seconds: 60,
  });
  assert.match(created.token, /^vdai_/);
  const { token: _, ...record } = created;
  assert.deepEqual(await admin.accessTokens.list(), [record]);
  const rotated = await admin.accessTokens.rotate(created.id);
  assert.notEqual(rotated.token, created.token);
  const machine = createAdminClient({ baseUrl: server.url, credential: () => rotated.token });
  await assert.rejects(machine.accessTokens.list(), { code: 'permission_denied', status: 403 });

  assert.equal(await admin.setAuthEnabled(false), false);
  await assert.rejects(admin.accessTokens.list(), { code: 'auth_disabled', status: 403 });
  assert.equal(await admin.setAuthEnabled(true), true);
  server.clock.advanceSeconds(61);
  await assert.rejects(admin.accessTokens.rotate(created.id), { code: 'access_token_expired' });
  await admin.accessTokens.delete(created.id);
  await assert.rejects(admin.accessTokens.delete(created.id), { code: 'access_token_not_found' });
});

test('the user API from signing in to signing out', async () => {
  const { client, ...user } = await startClient(server);
  await assert.rejects(client.verify(), { code: 'signed_out' });
  await client.signIn(user);
  const { valid, username, role } = await client.verify();
  assert.deepEqual([valid, username, role], [true, user.username, 'STANDARD']);
  const bearer = await client.accessToken();
  await client.signOut();
  assert.equal(client.session, 'signed_out');
  const { status } = await server.call('GET', '/api/auth/verify', { bearer });
  assert.equal(status, 401);
  await client.signOut();
});

test('a refused sign-in says why, and how long to wait', async () => {
  const { client, username } = await startClient(server);
  const signIn = (password: string) => client.signIn({ username, password });
  await assert.rejects(signIn('short'), { code: 'request_invalid', status: 400 });
  for (let failure = 0; failure < 5; failure += 1) {
    await assert.rejects(signIn('not the password'), { code: 'credentials_invalid' });
  }
  await assert.rejects(signIn(USER_PASSWORD), (error: SallyportClientError) => {
    assert.deepEqual([error.code, error.status, error.isTemporary], ['rate_limited', 429, true]);
    assert.equal(error.message, 'Too many requests. Please try again later.');
    return Number(error.retryAfterSeconds) > 0;
  });
});

test('no answer is told apart from a refusal', async () => {
  const client = createUserClient({ baseUrl: 'http://127.0.0.1:1' });
  const attempt = client.signIn({ username: 'john.doe', password: USER_PASSWORD });
  await assert.rejects(attempt, (error: SallyportClientError) => {
    assert.deepEqual([error.code, error.status], ['network_failed', undefined]);
    return error.isNetworkFailure && error.isTemporary;
  });
  await assert.rejects(startClient(server, { baseUrl: 'not a url' }), { code: 'input_invalid' });
});

test('signing out where the server is not reached is told, and done here', async () => {
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  watched.intercept = async () => {
    throw new TypeError('fetch failed');
  };
  await assert.rejects(client.signOut(), { code: 'network_failed' });
  assert.equal(client.session, 'signed_out');
});

test('the access token goes to the server and to the named origins only', async () => {
  const { client, watched, ...user } = await startClient(server, {
    origins: ['https://api.example.com/v1'],
  });
  await client.signIn(user);
  watched.intercept = async () => new Response('fine');
  await assert.rejects(client.fetch('https://evil.example'), { code: 'input_invalid' });
  await assert.rejects(client.fetch('//evil.example/x'), { code: 'input_invalid' });
  await assert.rejects(client.fetch('http://api.example.com/'), { code: 'input_invalid' });
  assert.equal(watched.sent.length, 1);
  const request = new Request('https://api.example.com/orders', { headers: { 'x-of': 'caller' } });
  assert.equal((await client.fetch(request)).status, 200);
  assert.equal(watched.sent.at(-1)?.bearer, `Bearer ${await client.accessToken()}`);
});

test('no error tells a password or a token, in its message, its cause or its fields', async () => {
  const secret = 'vdai_secret-with-a-line\nbreak';
  const machine = createAdminClient({ baseUrl: server.url, credential: secret });
  const { client, watched, ...user } = await startClient(server);
  await client.signIn(user);
  const token = await client.accessToken();
  const somebody = await createUser(server);
  watched.intercept = async () => new Response(`{"token":"${token}", oops`);
  const outcomes = await Promise.allSettled([
    machine.accessTokens.list(),
    client.refresh(),
    client.verify(),
    client.signIn(somebody),
  ]);
  for (const outcome of outcomes) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof SallyportClientError);
    const text = inspect(outcome.reason, { depth: 10 });
    assert.ok(!text.includes('vdai_secret') && !text.includes(token.slice(0, 12)), text);
  }
});
