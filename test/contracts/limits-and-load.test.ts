/** Both contracts: 429 when guesses are used up, 503 when the server is busy, with Retry-After. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createUser, freshName, openSession, USER_PASSWORD } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { adminRefusal, expectAnswer, userRefusal } from '../support/expect-answer.ts';
import type { CallAnswer } from '../support/http-call.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';

const TOO_MANY = 'Too many requests. Please try again later.';
const BUSY = 'Server is busy. Please try again.';
const PER_ADDRESS = { LOGIN_FAILURES_PER_MINUTE: '10', ACCOUNT_FAILURES_PER_MINUTE: '1000' };
const PER_ACCOUNT = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '5' };

async function withServer(
  settings: Record<string, string>,
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startCheckedServer({ settings });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

function login(server: TestServer, username: string, password = 'wrong password') {
  return server.call('POST', '/api/auth/login', { body: { username, password } });
}

function adminLogin(server: TestServer, password = 'wrong password') {
  return server.call('POST', '/auth/admin/login', { body: { password } });
}

describe('too many failures', () => {
  test('from one address end all password checks for a minute, on both APIs', () =>
    withServer(PER_ADDRESS, async (server) => {
      await server.signInAdmin();
      const user = await createUser(server);
      for (let failure = 0; failure < 5; failure += 1) {
        assert.equal((await login(server, freshName())).status, 401);
        assert.equal((await adminLogin(server)).status, 401);
        server.clock.advanceSeconds(1);
      }
      const hashed = server.engine.jobs.length;
      // The first failure leaves the last minute 60 seconds after it was made.
      const headers = { 'retry-after': '55' };
      const limited = { ...userRefusal(429, TOO_MANY), headers };
      expectAnswer(await login(server, freshName()), limited);
      expectAnswer(await login(server, user.username), limited);
      expectAnswer(await login(server, user.username, user.password), limited);
      const asAdmin = { ...adminRefusal(429, TOO_MANY), headers };
      expectAnswer(await adminLogin(server), asAdmin);
      expectAnswer(await adminLogin(server, ADMIN_PASSWORD), asAdmin);
      assert.equal(server.engine.jobs.length, hashed);
      server.clock.advanceSeconds(55);
      assert.equal((await login(server, user.username, user.password)).status, 200);
    }));

  test('on one name limit that name, the same for a known and an unknown one', () =>
    withServer(PER_ACCOUNT, async (server) => {
      const user = await createUser(server);
      const other = await createUser(server);
      const answersFor = async (username: string) => {
        const answers: CallAnswer[] = [];
        for (let attempt = 0; attempt < 6; attempt += 1) {
          answers.push(await login(server, username));
        }
        return answers.map(({ status, headers, text }) => [status, headers['retry-after'], text]);
      };
      const known = await answersFor(user.username);
      assert.deepEqual(known, await answersFor(freshName()));
      assert.deepEqual(
        known.map(([status]) => status),
        [401, 401, 401, 401, 401, 429],
      );
      assert.equal(known.at(-1)?.[1], '60');
      assert.equal((await login(server, user.username, user.password)).status, 429);
      assert.equal((await login(server, other.username, other.password)).status, 200);
      server.clock.advanceSeconds(60);
      assert.equal((await login(server, user.username, user.password)).status, 200);
    }));

  test('are counted before they are checked, so that many at once are no way around', () =>
    withServer(PER_ADDRESS, async (server) => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => login(server, freshName())),
      );
      const statuses = answers.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 401).length, 10);
      assert.equal(statuses.filter((status) => status === 429).length, 30);
      assert.equal(server.engine.jobs.length, 10);
    }));

  test('are only failed password checks, nothing else', () =>
    withServer({ ...PER_ADDRESS, LOGIN_FAILURES_PER_MINUTE: '1' }, async (server) => {
      const user = await createUser(server);
      for (let round = 0; round < 15; round += 1) {
        assert.equal((await login(server, user.username, user.password)).status, 200);
        assert.equal((await login(server, 'x')).status, 400);
        const body = { refresh_token: 'x' };
        assert.equal((await server.call('POST', '/api/auth/refresh', { body })).status, 401);
        const bearer = 'x';
        assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
        assert.equal((await server.call('GET', '/auth/api_keys', { bearer })).status, 401);
      }
    }));

  test('are not forgiven to who writes another address into a header', () =>
    withServer({ ...PER_ADDRESS, LOGIN_FAILURES_PER_MINUTE: '1' }, async (server) => {
      assert.equal((await login(server, freshName())).status, 401);
      for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-client-ip', 'via']) {
        const body = { username: freshName(), password: USER_PASSWORD };
        const headers = { [name]: '203.0.113.9', 'content-type': 'application/json' };
        const answer = await server.call('POST', '/api/auth/login', { body, headers });
        assert.equal(answer.status, 429, name);
      }
    }));

  test('do not touch who is signed in already', () =>
    withServer({ ...PER_ADDRESS, LOGIN_FAILURES_PER_MINUTE: '1' }, async (server) => {
      const { token, refresh_token } = await openSession(server);
      await login(server, freshName());
      assert.equal((await login(server, freshName())).status, 429);
      const verified = await server.call('GET', '/api/auth/verify', { bearer: token });
      assert.equal(verified.status, 200);
      const body = { refresh_token };
      assert.equal((await server.call('POST', '/api/auth/refresh', { body })).status, 200);
    }));
});

describe('when all hashing places of an address are taken', () => {
  /** Holds the hasher, fills it and says when the first caller was turned away. */
  async function fill(server: TestServer) {
    const release = server.engine.hold();
    const turnedAway = Promise.withResolvers<CallAnswer>();
    const calls = Array.from({ length: 200 }, async () => {
      const answer = await login(server, freshName());
      if (answer.status === 503) turnedAway.resolve(answer);
      return answer.status;
    });
    return { release, calls, refusal: await turnedAway.promise };
  }

  test('every call that hashes is told to try again, and others work', () =>
    withServer({}, async (server) => {
      const { token } = await openSession(server);
      const { release, calls, refusal } = await fill(server);
      const headers = { 'retry-after': refusal.headers['retry-after'] as string };
      assert.match(headers['retry-after'], /^[1-5]$/);
      expectAnswer(refusal, { ...userRefusal(503, BUSY), headers });
      const busy = adminRefusal(503, BUSY);
      const body = { password: ADMIN_PASSWORD };
      expectAnswer(await server.call('POST', '/auth/admin', { body }), busy);
      expectAnswer(await adminLogin(server), busy);
      const verified = await server.call('GET', '/api/auth/verify', { bearer: token });
      assert.equal(verified.status, 200);
      release();
      const statuses = await Promise.all(calls);
      assert.deepEqual([...new Set(statuses)].sort(), [401, 503]);
      assert.equal((await server.call('POST', '/auth/admin', { body })).status, 200);
      assert.equal((await adminLogin(server, ADMIN_PASSWORD)).status, 200);
    }));

  test('who was turned away has not failed', () =>
    withServer({ LOGIN_FAILURES_PER_MINUTE: '210' }, async (server) => {
      const { release, calls } = await fill(server);
      release();
      const statuses = await Promise.all(calls);
      const checked = statuses.filter((status) => status === 401).length;
      assert.ok(checked < 200);
      for (let more = checked; more < 210; more += 1) {
        assert.equal((await login(server, freshName())).status, 401);
      }
      assert.equal((await login(server, freshName())).status, 429);
    }));
});
