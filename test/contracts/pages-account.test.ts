/** The pages of a signed-in person: who they are, where they are signed in, their password. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  alterDatabase,
  createUser,
  readDatabase,
  signIn,
  USER_PASSWORD,
} from '../support/accounts.ts';
import { BrowserSession, cookiesIn } from '../support/cookie-jar.ts';
import { expectAnswer } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const ROOMY = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };
const NEW_PASSWORD = 'correct horse battery';

let server: TestServer;
before(async () => {
  server = await startTestServer({ settings: ROOMY });
});
after(() => server.close());

const sidOf = (browser: BrowserSession) => String(claimsOf(browser.cookies.get('token') ?? '').sid);
const isSignedIn = async (browser: BrowserSession) => (await browser.get('/')).status === 200;

async function signInAs(username: string, userAgent?: string): Promise<BrowserSession> {
  const browser = new BrowserSession(server);
  const body = { username, password: USER_PASSWORD };
  const headers = userAgent === undefined ? {} : { 'user-agent': userAgent };
  const answer = await browser.send('POST', '/auth/login', { body, headers });
  assert.equal(answer.status, 303);
  return browser;
}

describe('the start page', () => {
  test('leads whoever is not signed in to the login page', async () => {
    for (const path of ['/', '/account/password']) {
      const answer = await server.call('GET', path);
      assert.equal(answer.status, 303);
      assert.match(String(answer.headers.location), /^\/auth\/login/);
    }
  });

  test('says who is signed in and lists that person’s live sessions, this one marked', async () => {
    const { username } = await createUser(server);
    const other = await createUser(server);
    await signInAs(other.username, 'Mozilla/5.0 (Somebody else)');
    const gone = await signInAs(username, 'gone/1.0');
    await gone.post('/auth/logout');
    await signInAs(username, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Version/18.1 Safari/604.1');
    await signInAs(username, 'nightly-import/2.1');
    const browser = await signInAs(
      username,
      'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/1',
    );
    const { status, text } = await browser.get('/');
    assert.equal(status, 200);
    assert.ok(text.includes(`<bdi>${username}</bdi>`));
    const clients = [...text.matchAll(/<h3[^>]*>([^<]+)<\/h3>/g)].map(([, name]) => name);
    assert.equal(clients[0], 'Chrome on Linux');
    assert.deepEqual(clients.slice(1).sort(), ['Safari on iPhone', 'nightly-import/2.1']);
    assert.equal((text.match(/This browser/g) ?? []).length, 1);
    assert.equal((text.match(/action="\/account\/sessions\/end"/g) ?? []).length, 2);
    assert.match(text, /<time datetime="2026-04-02T08:30:00.000Z">2 Apr 2026, 08:30 UTC<\/time>/);
    assert.match(text, /from 127\.0\.0\.1/);
    assert.ok(
      !text.includes(other.username) && !text.includes(String(browser.cookies.get('token'))),
    );
  });

  test('shows hostile names and clients as text', async () => {
    const username = '<img src=x onerror=1>"\'&';
    await createUser(server, { username });
    await signInAs(username, '"><script>alert(1)</script><b title=\'');
    const browser = await signInAs(username);
    for (const path of ['/', '/account/password', '/auth/login']) {
      const { text } = await browser.get(path);
      assert.doesNotMatch(text, /<img|<script|<b |title=''/, path);
      assert.match(text, /&lt;img src=x onerror=1&gt;&quot;&#39;&amp;/, path);
    }
    assert.match((await browser.get('/')).text, /&lt;script&gt;alert\(1\)/);
  });

  test('of a disabled or deleted user is nobody’s any more', async () => {
    for (const sql of [
      'update users set is_enabled = 0 where id = ?',
      'delete from users where id = ?',
    ]) {
      const { username, id } = await createUser(server);
      const browser = await signInAs(username);
      await alterDatabase(server, sql, id);
      expectAnswer(await browser.get('/'), { status: 303, headers: { location: '/auth/login' } });
      assert.equal(browser.cookies.size, 0);
    }
  });
});

describe('ending sessions', () => {
  test('ends the chosen one at once and no other, and says so once', async () => {
    const { username } = await createUser(server);
    const [browser, lost, kept] = [
      await signInAs(username),
      await signInAs(username),
      await signInAs(username),
    ];
    const answer = await browser.post('/account/sessions/end', { session: sidOf(lost) });
    expectAnswer(answer, { status: 303, headers: { location: '/' } });
    const bearer = lost.cookies.get('token');
    assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
    assert.equal(await isSignedIn(lost), false);
    assert.ok(await isSignedIn(kept));
    assert.match((await browser.get('/')).text, /role="status">The session was ended/);
    assert.doesNotMatch((await browser.get('/')).text, /role="status"/);
    const { name, reason } =
      server.events.findLast((event) => event.name === 'session.ended') ?? {};
    assert.deepEqual([name, reason], ['session.ended', 'ended_by_user']);
  });

  test('never ends a session of somebody else', async () => {
    const [victim, mallory] = [await createUser(server), await createUser(server)];
    const session = await signInAs(victim.username);
    const attacker = await signInAs(mallory.username);
    const body = { session: sidOf(session), userId: String(victim.id), user_id: String(victim.id) };
    for (const value of [sidOf(session), `${sidOf(session)} `, '%', '', "' or 1=1 --"]) {
      const answer = await attacker.post('/account/sessions/end', { ...body, session: value });
      assert.equal(answer.status, 303);
      assert.match((await attacker.get('/')).text, /That session had already ended/);
    }
    await attacker.post('/account/sessions/end-others', body);
    assert.ok(await isSignedIn(session));
    assert.doesNotMatch((await attacker.get('/')).text, new RegExp(victim.username));
  });

  test('ends all others, also those of API clients', async () => {
    const user = await createUser(server);
    const browser = await signInAs(user.username);
    const [other, client] = [await signInAs(user.username), await signIn(server, user)];
    await browser.post('/account/sessions/end-others');
    assert.match((await browser.get('/')).text, /All other sessions were ended/);
    assert.equal(await isSignedIn(other), false);
    const verified = await server.call('GET', '/api/auth/verify', { bearer: client.token });
    assert.equal(verified.status, 401);
    assert.doesNotMatch((await browser.get('/')).text, /End all others/);
  });

  test('needs a session that lives', async () => {
    const { username } = await createUser(server);
    const [ended, other] = [await signInAs(username), await signInAs(username)];
    const stale = new BrowserSession(server);
    stale.cookies.set('token', ended.cookies.get('token') ?? '');
    await ended.post('/auth/logout');
    const answer = await stale.post('/account/sessions/end', { session: sidOf(other) });
    expectAnswer(answer, { status: 303, headers: { location: '/auth/login' } });
    assert.ok(await isSignedIn(other));
  });

  test('a link cannot claim that something was done', async () => {
    const browser = await signInAs((await createUser(server)).username);
    assert.doesNotMatch((await browser.get('/?notice=password_changed')).text, /role="status"/);
    browser.cookies.set('notice', '<b>x</b>');
    const { text } = await browser.get('/');
    assert.doesNotMatch(text, /role="status"|<b>/);
    browser.cookies.set('notice', 'constructor');
    assert.equal((await browser.get('/')).status, 200);
  });
});

describe('changing the password', () => {
  const fields = (changes: Record<string, string> = {}) => ({
    current_password: USER_PASSWORD,
    new_password: NEW_PASSWORD,
    new_password_again: NEW_PASSWORD,
    ...changes,
  });

  test('ends every session, this one too, and goes on in a fresh one', async () => {
    const user = await createUser(server);
    const [browser, other] = [await signInAs(user.username), await signInAs(user.username)];
    const old = new Map(browser.cookies);
    const answer = await browser.post('/account/password', fields());
    expectAnswer(answer, { status: 303, headers: { location: '/' } });
    assert.notEqual(sidOf(browser), claimsOf(old.get('token') ?? '').sid);
    assert.match((await browser.get('/')).text, /Your password was changed/);
    assert.equal(await isSignedIn(other), false);
    const bearer = old.get('token');
    assert.equal((await server.call('GET', '/api/auth/verify', { bearer })).status, 401);
    const body = { refresh_token: old.get('refresh_token') };
    assert.equal((await server.call('POST', '/api/auth/refresh', { body })).status, 401);
    await new BrowserSession(server).signIn(user.username, NEW_PASSWORD);
    const { username } = user;
    const withOld = { username, password: USER_PASSWORD };
    assert.equal((await server.call('POST', '/api/auth/login', { body: withOld })).status, 401);
  });

  test('says what is wrong, beside the field, and changes nothing', async () => {
    const { username, id } = await createUser(server);
    const browser = await signInAs(username);
    const look = () =>
      readDatabase(
        server,
        'select password_hash, password_changed_at_ms from users where id = ?',
        id,
      );
    const before = await look();
    const long = 'é'.repeat(37);
    const both = (value: string) => ({ new_password: value, new_password_again: value });
    const rows: [changes: Record<string, string>, status: number, help: RegExp][] = [
      [{ current_password: 'a wrong password' }, 401, /current_password-error">This is not your/],
      [{ current_password: '' }, 400, /current_password-error">Enter your current password/],
      [both(''), 400, /new_password-error">Enter a new password/],
      [both('seven77'), 400, /new_password-error">Use at least 8 characters/],
      [both(long), 400, /new_password-error">This is too long: at most 72 bytes/],
      [both('with\0nul in it'), 400, /new_password-error">It holds a character/],
      [{ new_password_again: 'something else' }, 400, /again-error">The two new passwords/],
      [both(USER_PASSWORD), 400, /new_password-error">This is your current password/],
    ];
    for (const [changes, status, help] of rows) {
      const answer = await browser.post('/account/password', fields(changes));
      expectAnswer(
        answer,
        { status, text: help, without: ['set-cookie'] },
        JSON.stringify(changes),
      );
      assert.match(answer.text, /<title>Error: /);
      assert.match(answer.text, /aria-invalid="true"/);
      for (const value of [USER_PASSWORD, NEW_PASSWORD, long]) {
        assert.ok(!answer.text.includes(value), 'no password is sent back');
      }
    }
    assert.deepEqual(await look(), before);
    assert.ok(await isSignedIn(browser));
  });

  test('guesses at the current password count like any other, and then it waits', async (t) => {
    const strict = await startTestServer({ settings: { ACCOUNT_FAILURES_PER_MINUTE: '2' } });
    t.after(() => void strict.close());
    const { username, password } = await createUser(strict);
    const browser = await new BrowserSession(strict).signIn(username);
    const guess = { current_password: 'a wrong guess' };
    const statuses: number[] = [];
    for (const changes of [guess, guess, guess, {}]) {
      statuses.push((await browser.post('/account/password', fields(changes))).status);
    }
    assert.deepEqual(statuses, [401, 401, 429, 429]);
    const limited = await browser.post('/account/password', fields());
    assert.ok(Number(limited.headers['retry-after']) > 0);
    assert.match(limited.text, /Nothing was changed\.<\/strong> .* Please try again in/);
    const login = await strict.call('POST', '/api/auth/login', { body: { username, password } });
    assert.equal(login.status, 429, 'the same budget');
  });

  test('a mistake in the new password costs no attempt', async (t) => {
    const strict = await startTestServer({ settings: { ACCOUNT_FAILURES_PER_MINUTE: '1' } });
    t.after(() => void strict.close());
    const { username } = await createUser(strict);
    const browser = await new BrowserSession(strict).signIn(username);
    const short = fields({ new_password: 'short', new_password_again: 'short' });
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await browser.post('/account/password', short)).status, 400);
    }
    assert.equal((await browser.post('/account/password', fields())).status, 303);
  });

  test('twice at once is done once', async () => {
    const { username } = await createUser(server);
    const browser = await signInAs(username);
    const answers = await Promise.all(
      ['first new password', 'second new password'].map((value) =>
        browser.post(
          '/account/password',
          fields({ new_password: value, new_password_again: value }),
        ),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 303).length >= 1, true);
    const changed = answers.filter((answer) => 'token' in cookiesIn(answer));
    assert.equal(changed.length, 1);
  });
});
