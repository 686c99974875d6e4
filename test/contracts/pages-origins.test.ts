/** Decision 15: what changes something in a browser's session comes from a page of ours. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createUser, openSession, USER_PASSWORD } from '../support/accounts.ts';
import { BrowserSession, FORM_TYPE } from '../support/cookie-jar.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import { sqlIn } from '../support/test-database.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const ROOMY = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };
const NEW_PASSWORD = 'another long password';

let server: TestServer;
before(async () => {
  server = await startTestServer({ settings: ROOMY });
});
after(() => server.close());

/** What a request says of where it comes from, and what is made of it. */
type Row = [what: string, site: 'same' | 'foreign' | 'unsaid', headers: Record<string, string>];

/** `OWN` and `HOST` stand for the server's origin and host. */
const SITES: Row[] = [
  ['our Origin', 'same', { origin: 'OWN' }],
  ['Sec-Fetch-Site: same-origin', 'same', { 'sec-fetch-site': 'same-origin' }],
  ['both', 'same', { origin: 'OWN', 'sec-fetch-site': 'same-origin' }],
  ['same-origin and null', 'same', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
  [
    'same-origin and our https',
    'same',
    { origin: 'https://HOST', 'sec-fetch-site': 'same-origin' },
  ],
  ['nothing', 'unsaid', {}],
  ['an address typed in', 'unsaid', { 'sec-fetch-site': 'none' }],
  ['a Referer of ours alone', 'unsaid', { referer: 'OWN/' }],
  ['a foreign Origin', 'foreign', { origin: 'https://evil.example' }],
  ['our host with https', 'foreign', { origin: 'https://HOST' }],
  ['our host with another port', 'foreign', { origin: 'http://127.0.0.1:1' }],
  ['localhost instead', 'foreign', { origin: 'http://localhost:PORT' }],
  ['our Origin with a path', 'foreign', { origin: 'OWN/' }],
  ['our Origin and more', 'foreign', { origin: 'OWN.evil.example' }],
  ['null', 'foreign', { origin: 'null' }],
  ['an empty Origin', 'foreign', { origin: '' }],
  ['cross-site', 'foreign', { 'sec-fetch-site': 'cross-site' }],
  ['same-site', 'foreign', { 'sec-fetch-site': 'same-site' }],
  ['a word of no standard', 'foreign', { 'sec-fetch-site': 'same-origin ; x' }],
  ['cross-site with our Origin', 'foreign', { origin: 'OWN', 'sec-fetch-site': 'cross-site' }],
  [
    'a foreign Origin with same-origin',
    'foreign',
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ],
  [
    'X-Forwarded-Host of a stranger',
    'foreign',
    {
      origin: 'https://evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    },
  ],
];

function fill(headers: Record<string, string>): Record<string, string> {
  const { host, port } = new URL(server.url);
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    value.replace('OWN', server.url).replace('HOST', host).replace('PORT', port),
  ]);
  return Object.fromEntries(entries);
}

interface Call {
  readonly path: string;
  readonly fields: (other: string) => Record<string, string>;
  readonly done: number;
}

const CALLS: Call[] = [
  { path: '/auth/refresh', fields: () => ({}), done: 200 },
  { path: '/auth/logout', fields: () => ({}), done: 303 },
  { path: '/account/sessions/end', fields: (session) => ({ session }), done: 303 },
  { path: '/account/sessions/end-others', fields: () => ({}), done: 303 },
  {
    path: '/account/password',
    fields: () => ({
      current_password: USER_PASSWORD,
      new_password: NEW_PASSWORD,
      new_password_again: NEW_PASSWORD,
    }),
    done: 303,
  },
];

/** A person with two sessions, and everything of them that a call could change. */
async function signInTwice() {
  const { username } = await createUser(server);
  const browser = await new BrowserSession(server).signIn(username);
  const other = await new BrowserSession(server).signIn(username);
  const sidOf = (session: BrowserSession) =>
    String(claimsOf(session.cookies.get('token') ?? '').sid);
  const look = () =>
    sqlIn(
      server.folder,
      `select s.id, s.generation, s.end_reason, u.password_hash
      from sessions s join users u on u.id = s.user_id where u.username = ? order by s.id`,
      [username],
    );
  return { browser, other: sidOf(other), look };
}

for (const { path, fields, done } of CALLS) {
  describe(`POST ${path} with cookies`, () => {
    for (const [what, site, headers] of SITES) {
      test(`and ${what} is ${site === 'same' ? 'done' : 'refused, and nothing happens'}`, async () => {
        const { browser, other, look } = await signInTwice();
        const before = await look();
        const answer = await browser.send('POST', path, {
          headers: { 'content-type': FORM_TYPE, ...fill(headers) },
          body: new URLSearchParams(fields(other)).toString(),
        });
        assert.equal(answer.status, site === 'same' ? done : 403, answer.text);
        if (site === 'same') assert.notDeepEqual(await look(), before);
        else assert.deepEqual(await look(), before);
        if (site !== 'same') assert.equal(answer.headers['set-cookie'], undefined);
      });
    }
  });
}

describe('POST /auth/login', () => {
  for (const [what, site, headers] of SITES) {
    const isDone = site !== 'foreign';
    test(`with ${what} ${isDone ? 'signs in' : 'signs nobody in'}`, async () => {
      const { username, password } = await createUser(server);
      const call = (type: string, body: string) =>
        server.call('POST', '/auth/login', {
          headers: { 'content-type': type, ...fill(headers) },
          body,
        });
      for (const answer of [
        await call(FORM_TYPE, new URLSearchParams({ username, password }).toString()),
        await call('application/json', JSON.stringify({ username, password })),
      ]) {
        assert.equal(answer.status, isDone ? 303 : 403, answer.text);
        assert.equal(answer.headers['set-cookie'] === undefined, !isDone);
      }
    });
  }
});

test('a foreign page cannot make us take cookies back that it may not send', async () => {
  for (const path of ['/auth/refresh', '/auth/logout']) {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]) {
      const answer = await server.call('POST', path, { headers });
      assert.equal(answer.status, 403, path);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  }
});

test('a form of plain text that looks like JSON does nothing', async () => {
  const { username, password } = await createUser(server);
  const body = `{"username":"${username}","password":"${password}","x":"="}`;
  const headers = { 'content-type': 'text/plain' };
  assert.equal((await server.call('POST', '/auth/login', { headers, body })).status, 415);
  const { browser, look } = await signInTwice();
  const before = await look();
  for (const { path } of CALLS) {
    const answer = await browser.send('POST', path, { headers, body });
    assert.ok([403, 415].includes(answer.status), path);
  }
  assert.deepEqual(await look(), before);
});

describe('behind a proxy that ends TLS', () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'auth.example.com' };
  const signInWith = async (settings: Record<string, string>, headers: Record<string, string>) => {
    const proxied = await startTestServer({ settings });
    try {
      const { username, password } = await createUser(proxied);
      const body = { username, password };
      return (await proxied.call('POST', '/auth/login', { headers, body })).status;
    } finally {
      await proxied.close();
    }
  };
  const trusting = { TRUSTED_PROXIES: '127.0.0.1' };
  const rows: [what: string, Record<string, string>, headers: object, status: number][] = [
    ['that is trusted', trusting, { ...forwarded, origin: 'https://auth.example.com' }, 303],
    [
      'with its default port',
      trusting,
      {
        ...forwarded,
        'x-forwarded-host': 'auth.example.com:443',
        origin: 'https://auth.example.com',
      },
      303,
    ],
    [
      'and passes Host on',
      trusting,
      {
        'x-forwarded-proto': 'https',
        host: 'auth.example.com',
        origin: 'https://auth.example.com',
      },
      303,
    ],
    [
      'whose client forged a hop',
      trusting,
      {
        'x-forwarded-proto': 'http, https',
        'x-forwarded-host': 'evil.example, auth.example.com',
        origin: 'https://auth.example.com',
      },
      303,
    ],
    ['whose client is foreign', trusting, { ...forwarded, origin: 'https://evil.example' }, 403],
    ['with another scheme', trusting, { ...forwarded, origin: 'http://auth.example.com' }, 403],
    [
      'with nonsense for a host',
      trusting,
      {
        ...forwarded,
        'x-forwarded-host': 'a b/c',
        origin: 'https://a b/c',
      },
      403,
    ],
    ['that is a stranger', {}, { ...forwarded, origin: 'https://auth.example.com' }, 403],
    [
      'that we are not told of, by a browser',
      {},
      {
        host: 'auth.example.com',
        origin: 'https://auth.example.com',
        'sec-fetch-site': 'same-origin',
      },
      303,
    ],
  ];
  for (const [what, settings, headers, status] of rows) {
    test(`${what}: ${status}`, async () => {
      assert.equal(await signInWith(settings, headers as Record<string, string>), status);
    });
  }
});

describe('two cookies of one name', () => {
  const rows = (token: string, refresh: string): string[] => [
    `token=evil; token=${token}`,
    `token=${token}; token=evil`,
    `token=${token}; token=${token}; refresh_token=${refresh}`,
    `token=${token}; refresh_token=${refresh}; refresh_token=evil`,
    `refresh_token=; token=${token}; refresh_token=${refresh}`,
    `token=${token};token=`,
  ];

  test('are refused by every page and call, and taken back', async () => {
    const { token, refresh_token } = await openSession(server);
    for (const cookie of rows(token, refresh_token)) {
      for (const path of ['/', '/auth/login', '/account/password']) {
        const headers = { cookie, accept: 'text/html' };
        const answer = await server.call('GET', path, { headers });
        assert.equal(answer.status, 401, path);
        assert.match(answer.text, /two different sign-ins/);
        assert.equal(answer.headers['set-cookie']?.length, 2);
      }
      for (const path of ['/auth/login', ...CALLS.map((call) => call.path)]) {
        const headers = { cookie, 'sec-fetch-site': 'same-origin' };
        const body = path === '/auth/login' ? { username: 'somebody', password: 'x' } : {};
        const answer = await server.call('POST', path, { headers, body });
        assert.equal(answer.status, 401, path);
      }
    }
    const verified = await server.call('GET', '/api/auth/verify', { bearer: token });
    assert.equal(verified.status, 200, 'and end nothing');
  });

  test('of other names are nobody’s business', async () => {
    const { token } = await openSession(server);
    const cookie = `a=1; a=2; Token=x; xtoken=y; token=${token}; tokens=z; theme=token=1`;
    assert.equal((await server.call('GET', '/', { headers: { cookie } })).status, 200);
  });
});

test('the calls of contract 1 and of /api/ never look at cookies', async () => {
  const admin = await server.signInAdmin();
  const { token, refresh_token } = await openSession(server);
  const calls = [
    ['GET', '/auth/access_tokens'],
    ['POST', '/auth/access_token'],
    ['PATCH', '/auth/enabled'],
    ['GET', '/auth/api_keys'],
    ['GET', '/api/auth/verify'],
    ['POST', '/api/auth/logout'],
    ['POST', '/api/auth/refresh'],
  ] as const;
  for (const value of [admin, token]) {
    for (const [method, path] of calls) {
      const cookie = `token=${value}; refresh_token=${refresh_token}`;
      const headers = { cookie, 'sec-fetch-site': 'same-origin', origin: server.url };
      const body = method === 'GET' ? undefined : { enabled: true, name: 'x', permission: 'read' };
      const answer = await server.call(method, path, { headers, body });
      const expected = path === '/api/auth/refresh' ? 400 : 401;
      assert.equal(answer.status, expected, path);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  }
});
