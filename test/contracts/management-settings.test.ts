/** Settings, the auth switch, providers and passwords in the management API. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUser, freshName, signIn, USER_PASSWORD } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { openAdminConsole, openUserConsole, SESSION } from '../support/console-browser.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import type { TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';

const DENIED = problemRefusal(403, 'permission_denied');
const UNCONFIRMED = problemRefusal(403, 'password_confirmation_required');
const MINUTE_S = 60;

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

const json = { 'content-type': 'application/json' };
const put = (path: string, body: object, ifMatch: string | null = '*', by = bearer) =>
  server.call('PUT', path, {
    bearer: by,
    body,
    headers: { ...json, ...(ifMatch !== null && { 'if-match': ifMatch }) },
  });

describe('the password of a user', () => {
  const path = (id: number) => `/management/users/${id}/password`;

  test('is set as given, ends every session, and is the one that counts', async () => {
    const user = await createUser(server);
    const session = await signIn(server, user);
    const answer = await put(path(user.id), { password: 'another good one' }, '"v1"');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.etag, '"v2"');
    const { id, version, ended_sessions: ended, live_sessions: live, password } = answer.json;
    assert.deepEqual([id, version, ended, live, password], [user.id, 2, 1, 0, undefined]);
    const verify = await server.call('GET', '/api/auth/verify', { bearer: session.token });
    assert.equal(verify.status, 401);
    const { username } = user;
    await signIn(server, { username, password: 'another good one' });
    const old = { username, password: USER_PASSWORD };
    assert.equal((await server.call('POST', '/api/auth/login', { body: old })).status, 401);
    const set = server.events.findLast(({ name }) => name === 'user.password_set');
    assert.deepEqual([set?.actor, set?.subject], [{ kind: 'admin' }, user.id]);
  });

  test('is made by the server when none is given, and told this once', async () => {
    const { id, username } = await createUser(server);
    const [first, second] = [await put(path(id), {}), await put(path(id), {})];
    assert.match(first.json.password, /^[A-Za-z0-9]{24}$/);
    assert.notEqual(first.json.password, second.json.password);
    await signIn(server, { username, password: second.json.password });
    const log = server.logLines.join('') + JSON.stringify(server.events);
    assert.ok(!log.includes(second.json.password));
  });

  test('may be set by who may, for whom there is, at the version that was seen', async () => {
    const user = await createUser(server);
    const good = { password: 'another good one' };
    expectAnswer(
      await put(path(user.id), good, null),
      problemRefusal(428, 'precondition_required'),
    );
    expectAnswer(
      await put(path(user.id), good, '"v7"'),
      problemRefusal(412, 'precondition_failed'),
    );
    expectAnswer(await put(path(999_999), good), problemRefusal(404, 'user_not_found'));
    const short = await put(path(user.id), { password: 'short' });
    expectAnswer(short, problemRefusal(400, 'password_rejected'));
    expectAnswer(await put(path(user.id), { word: 'x' }), problemRefusal(400, 'body_invalid'));
    const machine = await LIVE.accessToken(server, 'admin');
    expectAnswer(await put(path(user.id), good, '*', machine), DENIED);
    const manager = await LIVE.managerAccess(server);
    assert.equal((await put(path(user.id), good, '*', manager)).status, 200);
    await signIn(server, { username: user.username, ...good });
  });

  test('ends the console session of who sets their own', async () => {
    const { id, browser } = await openUserConsole(server);
    const headers = { 'if-match': '*' };
    const answer = await browser.send('PUT', path(id), { body: {}, headers });
    assert.equal(answer.status, 200);
    assert.equal((await browser.send('GET', SESSION)).status, 401);
  });
});

describe('the settings', () => {
  test('are those that the server runs with, and no secret is among them', async (t) => {
    const secret = 'w8Xy1ZaB2cD3eF4gH5iJ6kL7mN8oP9qR';
    const other = await startCheckedServer({
      settings: { TOKEN_SECRET: secret, ACCESS_TOKEN_EXPIRY: '5', APP_NAME: 'Harbour' },
    });
    t.after(() => other.close());
    const admin = await other.signInAdmin();
    const { text, json: said } = await other.call('GET', '/management/settings', { bearer: admin });
    assert.ok(!text.includes(secret));
    assert.deepEqual(said.auth, { enabled: true, version: 1 });
    assert.deepEqual(said.password_policy, {
      hash: 'bcrypt:10',
      max_bytes: 72,
      user_min_length: 8,
      admin_min_length: 12,
    });
    assert.equal(said.lifetimes.access_token, 300);
    assert.equal(said.lifetimes.console_max_age, 43_200);
    assert.equal(said.limits.failures_per_address_per_minute, 1_000);
    const of = (name: string) => said.settings.find((one: { name: string }) => one.name === name);
    assert.equal(of('TOKEN_SECRET').value, '(set)');
    assert.equal(of('PARAMS_KEY').value, null);
    assert.deepEqual(
      { ...of('APP_NAME'), meaning: '' },
      { name: 'APP_NAME', value: 'Harbour', is_default: false, meaning: '' },
    );
    assert.equal(of('LOG_LEVEL').is_default, true);
    assert.deepEqual(said.providers, []);
  });

  test('are for admins, and not for access tokens', async () => {
    const [manager, machine] = [
      await LIVE.managerAccess(server),
      await LIVE.accessToken(server, 'admin'),
    ];
    const read = (by: string) => server.call('GET', '/management/settings', { bearer: by });
    assert.equal((await read(manager)).status, 200);
    expectAnswer(await read(machine), DENIED);
  });
});

describe('the auth switch', () => {
  const SWITCH = '/management/settings/auth';
  const version = async () =>
    (await server.call('GET', '/management/settings', { bearer: await server.signInAdmin() })).json
      .auth.version;

  test('is turned at the version that was seen, by an admin JWT that is young', async () => {
    const fresh = await server.signInAdmin();
    const seen = await version();
    expectAnswer(await put(SWITCH, { enabled: false }, null, fresh), {
      ...problemRefusal(428, 'precondition_required'),
    });
    const off = await put(SWITCH, { enabled: false }, `"v${seen}"`, fresh);
    assert.deepEqual(off.json, { enabled: false, version: seen + 1 });
    assert.equal(off.headers.etag, `"v${seen + 1}"`);
    const stale = await put(SWITCH, { enabled: true }, `"v${seen}"`, fresh);
    expectAnswer(stale, problemRefusal(412, 'precondition_failed'));
    assert.equal(await server.sallyport.authSwitch.isEnabled(), false);
    assert.equal((await put(SWITCH, { enabled: true }, '*', fresh)).status, 200);
    const path = '/auth/enabled';
    await server.call('PATCH', path, { bearer: fresh, body: { enabled: true } });
    assert.equal(await version(), seen + 3, 'contract 1 moves it too');
    const events = server.events.filter(({ name }) => name.startsWith('auth.')).slice(-3);
    assert.deepEqual(
      events.map(({ name }) => name),
      ['auth.disabled', 'auth.enabled', 'auth.enabled'],
    );
  });

  test('needs a password of the last five minutes', async () => {
    const token = await server.signInAdmin();
    const browser = await openAdminConsole(server);
    const byCookie = () =>
      browser.send('PUT', SWITCH, { body: { enabled: true }, headers: { 'if-match': '*' } });
    server.clock.advanceSeconds(5 * MINUTE_S - 1);
    assert.equal((await put(SWITCH, { enabled: true }, '*', token)).status, 200);
    assert.equal((await byCookie()).status, 200);
    server.clock.advanceSeconds(1);
    expectAnswer(await put(SWITCH, { enabled: true }, '*', token), UNCONFIRMED);
    expectAnswer(await byCookie(), UNCONFIRMED);
    const body = { password: ADMIN_PASSWORD };
    assert.equal((await browser.send('POST', `${SESSION}/confirmation`, { body })).status, 200);
    assert.equal((await byCookie()).status, 200);
  });

  test('is nobody else’s, however young their password', async () => {
    const { browser } = await openUserConsole(server);
    const body = { enabled: false };
    const headers = { 'if-match': '*' };
    expectAnswer(await browser.send('PUT', SWITCH, { body, headers }), DENIED);
    for (const by of [await LIVE.managerAccess(server), await LIVE.accessToken(server, 'admin')]) {
      expectAnswer(await put(SWITCH, body, '*', by), DENIED);
    }
    assert.equal(await server.sallyport.authSwitch.isEnabled(), true);
  });
});

describe('a sign-in provider', () => {
  test('is asked when an operator wants to know, and what it says is kept', async (t) => {
    const provider = await OpenIdProvider.start();
    t.after(() => provider.close());
    const withProvider = await startCheckedServer({
      settings: {
        OIDC_PROVIDERS: JSON.stringify([
          {
            id: 'local',
            name: 'Local',
            issuer: provider.issuer,
            client_id: 'a',
            client_secret: 'b',
          },
          {
            id: 'gone',
            name: 'Gone',
            issuer: 'http://127.0.0.1:1',
            client_id: 'a',
            client_secret: 'b',
          },
        ]),
      },
    });
    t.after(() => withProvider.close());
    const admin = await withProvider.signInAdmin();
    const ask = (id: string) =>
      withProvider.call('POST', `/management/providers/${id}/test`, { bearer: admin });
    const list = async () =>
      (await withProvider.call('GET', '/management/settings', { bearer: admin })).json.providers;
    const untried = { state: 'not_tried', tried_at: null, detail: null };
    assert.deepEqual(await list(), [
      { id: 'local', name: 'Local', issuer: provider.issuer, ...untried },
      { id: 'gone', name: 'Gone', issuer: 'http://127.0.0.1:1', ...untried },
    ]);
    const found = await ask('local');
    assert.equal(found.json.state, 'reachable', found.text);
    assert.match(found.json.detail, /^It has \d+ signing keys?\.$/);
    const gone = await ask('gone');
    assert.equal(gone.json.state, 'unreachable');
    assert.ok(gone.json.detail.length > 0);
    const [first, second] = await list();
    assert.deepEqual([first.state, second.state], ['reachable', 'unreachable']);
    assert.equal(second.tried_at, gone.json.tried_at);
    for (const endpoint of ['discovery', 'keys'] as const) {
      provider.break(endpoint, 'answers_500');
      const broken = await ask('local');
      assert.equal(broken.json.state, 'unreachable', `${endpoint} is asked anew`);
      assert.match(broken.json.detail, /status 500/);
      provider.reset();
    }
    expectAnswer(await ask('nobody'), problemRefusal(404, 'provider_not_configured'));
    const machine = await LIVE.accessToken(withProvider, 'admin');
    const denied = await withProvider.call('POST', '/management/providers/local/test', {
      bearer: machine,
    });
    expectAnswer(denied, DENIED);
  });
});

test('a user who was added under a name of its own keeps it through a new password', async () => {
  const username = freshName().toUpperCase();
  const { id } = await createUser(server, { username });
  const { json: user } = await put(`/management/users/${id}/password`, {});
  assert.equal(user.username, username);
});
