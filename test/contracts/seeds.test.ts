/**
 * The two pages that the product was ordered from, statement by statement and example by example:
 * "Admin login" of the VectorAI DB documentation and "Login" of the Vega documentation.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { createUser, readDatabase } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer } from '../support/expect-answer.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { TestServer } from '../support/test-server.ts';

describe('the page "Admin login"', () => {
  const password = 'MyNewSecurePwd!2';
  let server: TestServer;
  before(async () => {
    server = await startCheckedServer();
    await server.call('POST', '/auth/admin', { body: { password } });
  });
  after(() => server.close());
  const login = (body: object, headers = {}) =>
    server.call('POST', '/auth/admin/login', {
      body,
      headers: { 'Content-Type': 'application/json', ...headers },
    });

  test('"http://localhost:6573, local development server": the port is the default one', () => {
    assert.equal(readConfig({}).config?.PORT, 6573);
  });

  test('"Authenticates the admin user and returns a JWT token"', async () => {
    const { json } = await login({ password });
    const bearer = json.token;
    assert.equal((await server.call('GET', '/auth/access_tokens', { bearer })).status, 200);
  });

  test('"The username is always fixed to admin"', async () => {
    const { json } = await login({ password, username: 'somebody' });
    assert.equal(claimsOf(json.token).username, 'admin');
  });

  test('"No authorization header is required", and the sample’s does not hurt', async () => {
    assert.equal((await login({ password })).status, 200);
    const authorization = 'Bearer <admin-jwt-or-access-token>';
    assert.equal((await login({ password }, { Authorization: authorization })).status, 200);
  });

  test('200: token, message "Login successful", expires_in 3600', async () => {
    const { json } = await login({ password });
    assert.deepEqual(Object.keys(json), ['token', 'message', 'expires_in']);
    assert.equal(typeof json.token, 'string');
    assert.equal(json.message, 'Login successful');
    assert.equal(json.expires_in, 3600);
  });

  test('"Number of seconds until the JWT token expires"', async () => {
    const { json } = await login({ password });
    const { iat, exp } = claimsOf(json.token);
    assert.equal(Number(exp) - Number(iat), json.expires_in);
  });

  test('400: "Missing or blank password"', async () => {
    const text = '{"status":"error","message":"Missing required field: password"}';
    for (const body of [{}, { password: '' }, { password: '   ' }]) {
      expectAnswer(await login(body), { status: 400, text });
    }
  });

  test('401: "Invalid password" has the fields of a login', async () => {
    const text = '{"token":null,"message":"Invalid username or password","expires_in":0}';
    expectAnswer(await login({ password: 'MyNewSecurePwd!3' }), { status: 401, text });
  });
});

describe('the page "Login"', () => {
  // The example's answers were given at this second to the first user of that server.
  const issuedAt = 1_709_832_000;
  const username = 'john.doe@example.com';
  const password = 'securePassword123';
  let server: TestServer;
  before(async () => {
    server = await startCheckedServer({ clock: new FakeClock(issuedAt * 1000) });
    await createUser(server, { username, password });
  });
  after(() => server.close());
  const login = (body: object) =>
    server.call('POST', '/api/auth/login', {
      body,
      headers: { 'Content-Type': 'application/json' },
    });

  const HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';
  const ACCESS =
    'eyJ1c2VyX2lkIjoxLCJ1c2VybmFtZSI6ImpvaG4uZG9lQGV4YW1wbGUuY29tIiwicm9sZSI6IlNUQU5EQVJEIiwi' +
    'dG9rZW5fdHlwZSI6ImFjY2VzcyIsImlzcyI6IlZlZ2EgQUkiLCJzdWIiOiJqb2huLmRvZUBleGFtcGxlLmNvbSIs' +
    'ImlhdCI6MTcwOTgzMjAwMCwiZXhwIjoxNzA5ODM1NjAwfQ';
  const REFRESH =
    'eyJ1c2VyX2lkIjoxLCJ1c2VybmFtZSI6ImpvaG4uZG9lQGV4YW1wbGUuY29tIiwicm9sZSI6IlNUQU5EQVJEIiwi' +
    'dG9rZW5fdHlwZSI6InJlZnJlc2giLCJpc3MiOiJWZWdhIEFJIiwic3ViIjoiam9obi5kb2VAZXhhbXBsZS5jb20i' +
    'LCJpYXQiOjE3MDk4MzIwMDAsImV4cCI6MTcxMDQzNjgwMH0';

  test('the example request is answered with the example’s tokens and time', async () => {
    const { status, json } = await login({ username, password });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['token', 'refresh_token', 'expires_at']);
    assert.equal(json.expires_at, 1_709_835_600);
    for (const [token, example] of [
      [json.token, ACCESS],
      [json.refresh_token, REFRESH],
    ]) {
      const [header, payload] = token.split('.');
      assert.equal(header, HEADER);
      // All claims of the example in its order; after them come ours. The last character of the
      // example belongs to its closing brace.
      const start = Buffer.from(example, 'base64url').toString().slice(0, -1);
      assert.ok(Buffer.from(payload, 'base64url').toString().startsWith(start));
      assert.ok(payload.startsWith(example.slice(0, -4)));
    }
  });

  test('"Token Claims": eight claims with these values and types', async () => {
    const { json } = await login({ username, password });
    const { user_id, username: name, role, token_type, iss, sub, iat, exp } = claimsOf(json.token);
    assert.deepEqual(
      { user_id, username: name, role, token_type, iss, sub, iat, exp },
      {
        user_id: 1,
        username,
        role: 'STANDARD',
        token_type: 'access',
        iss: 'Vega AI',
        sub: username,
        iat: 1_709_832_000,
        exp: 1_709_835_600,
      },
    );
  });

  test('"role: either ADMIN or STANDARD"', async () => {
    const boss = await createUser(server, { role: 'ADMIN' });
    const { json } = await login(boss);
    assert.equal(claimsOf(json.token).role, 'ADMIN');
    await assert.rejects(createUser(server, { role: 'ROOT' as 'ADMIN' }));
  });

  test('"Must be between 3-50 characters", "Must be at least 8 characters": 400', async () => {
    const text = '{"error":"invalid request body"}';
    for (const body of [
      { username: 'jo', password },
      { username: 'j'.repeat(51), password },
      { username, password: 'secure1' },
      { username },
      { password },
    ]) {
      expectAnswer(await login(body), { status: 400, text });
    }
  });

  test('401: "invalid username or password"', async () => {
    const text = '{"error":"invalid username or password"}';
    expectAnswer(await login({ username, password: 'securePassword124' }), { status: 401, text });
    expectAnswer(await login({ username: 'jane.doe@example.com', password }), {
      status: 401,
      text,
    });
  });

  test('"included in the Authorization header as Bearer {token}"', async () => {
    const { token } = (await login({ username, password })).json;
    const headers = { Authorization: `Bearer ${token}` };
    const { status, json } = await server.call('GET', '/api/auth/verify', { headers });
    assert.equal(status, 200);
    assert.deepEqual(json, { valid: true, user_id: 1, username, role: 'STANDARD' });
  });

  test('"JWT refresh token used to obtain new access tokens when they expire"', async () => {
    const { refresh_token } = (await login({ username, password })).json;
    server.clock.advanceSeconds(3600);
    const { status } = await server.call('POST', '/api/auth/refresh', { body: { refresh_token } });
    server.clock.advanceSeconds(-3600);
    assert.equal(status, 200);
  });

  test('"Validates … Looks up the user and verifies the password using bcrypt"', async () => {
    const { engine } = server;
    const earlier = engine.jobs.length;
    await login({ username, password: 'short' });
    assert.equal(engine.jobs.length, earlier, 'validation comes first');
    await login({ username, password });
    const job = engine.jobs.at(-1);
    assert.ok(job?.kind === 'verify' && job.hash.startsWith('$2b$10$'));
  });

  test('"Updates the user’s last login timestamp"', async () => {
    server.clock.advanceSeconds(5);
    await login({ username, password });
    const sql = 'select last_sign_in_at_ms as at from users where username = ?';
    const row = await readDatabase(server, sql, username);
    assert.equal(row.at, server.clock.nowMs());
    server.clock.advanceSeconds(-5);
  });

  test('"Failed login attempts are logged for security monitoring"', async () => {
    const earlier = server.events.length;
    await login({ username, password: 'securePassword124' });
    const [event] = server.events.slice(earlier);
    assert.equal(event?.name, 'session.sign_in_failed');
    assert.equal(event?.origin?.address, '127.0.0.1');
  });

  test('"protected by rate limiting to prevent brute force attacks"', async () => {
    const guarded = await startCheckedServer({ settings: { LOGIN_FAILURES_PER_MINUTE: '3' } });
    const guess = (number: number) =>
      guarded.call('POST', '/api/auth/login', {
        body: { username, password: `guess${number}xxx` },
      });
    const statuses: number[] = [];
    for (let number = 0; number < 5; number += 1) statuses.push((await guess(number)).status);
    await guarded.close();
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
  });
});
