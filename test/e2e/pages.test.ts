/** The pages in a real browser: for everybody, with and without a mouse, in the dark, on a phone. */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createUser, USER_PASSWORD } from '../support/accounts.ts';
import { BrowserTabs, expectNoFaults, PHONE, tabTo } from '../support/browser-tabs.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const ROOMY = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };
const NEW_PASSWORD = 'correct horse battery';
/** A name of 50 characters without a place to break, for each view another one. */
const wideName = (view: string) => view.replaceAll(' ', 'm').padEnd(50, 'W');

let server: TestServer;
let tabs: BrowserTabs;
before(async () => {
  server = await startTestServer({ settings: ROOMY });
  tabs = await BrowserTabs.launch(/the server responded with a status of 4\d\d/);
});
after(async () => {
  await tabs.close();
  await server.close();
});

const open = (page: Page, path: string) => page.goto(`${server.url}${path}`);
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();

async function fillAndSend(page: Page, username: string, password = USER_PASSWORD) {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signIn(page: Page, username: string): Promise<void> {
  await open(page, '/auth/login');
  await fillAndSend(page, username);
  assert.equal(await heading(page), 'Your account');
}

async function fillPasswords(page: Page, current: string, next = NEW_PASSWORD, again = next) {
  await page.getByLabel('Current password').fill(current);
  await page.getByLabel('New password', { exact: true }).fill(next);
  await page.getByLabel('New password, again').fill(again);
  await page.getByRole('button', { name: 'Change password' }).click();
}

/** A second session of the person, in a program with a long name. */
async function signInElsewhere(username: string): Promise<void> {
  const headers = { 'user-agent': `agent-${'x'.repeat(200)}/1.0` };
  const body = { username, password: USER_PASSWORD };
  assert.equal((await server.call('POST', '/api/auth/login', { headers, body })).status, 200);
}

/** Every page in every state that looks different. */
const VIEWS: [name: string, show: (page: Page, username: string) => Promise<unknown>][] = [
  ['login', (page) => open(page, '/auth/login')],
  [
    'login with an error',
    async (page, username) => {
      await open(page, '/auth/login');
      await fillAndSend(page, username, 'a wrong password');
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'login of who is signed in',
    async (page, username) => {
      await signIn(page, username);
      await open(page, '/auth/login');
    },
  ],
  [
    'account',
    async (page, username) => {
      await signInElsewhere(username);
      await signIn(page, username);
    },
  ],
  [
    'account with a notice',
    async (page, username) => {
      await signInElsewhere(username);
      await signIn(page, username);
      await page.getByRole('button', { name: 'End all others' }).click();
      await page.getByText('All other sessions were ended.').waitFor();
    },
  ],
  [
    'change of password',
    async (page, username) => {
      await signIn(page, username);
      await open(page, '/account/password');
    },
  ],
  [
    'change of password with an error',
    async (page, username) => {
      await signIn(page, username);
      await open(page, '/account/password');
      await fillPasswords(page, USER_PASSWORD, 'short');
      await page.getByRole('alert').waitFor();
    },
  ],
  ['no such page', (page) => open(page, '/account/nothing')],
];

describe('every page has a name that is as long as can be and', () => {
  for (const [name, show] of VIEWS) {
    test(`no fault that axe finds in light or dark, and fits the narrowest phone: ${name}`, async () => {
      const { username } = await createUser(server, { username: wideName(name) });
      await tabs.with(PHONE, async (page) => {
        await show(page, username);
        await expectNoFaults(page);
      });
    });
  }
});

describe('signing in', () => {
  test('leads to where one wanted to go', async () => {
    const { username } = await createUser(server);
    await tabs.with({}, async (page) => {
      await open(page, '/account/password');
      assert.equal(await heading(page), 'Sign in to Vega AI');
      await fillAndSend(page, username);
      assert.equal(await heading(page), 'Change your password');
      await page.getByRole('button', { name: 'Sign out' }).click();
      assert.equal(await heading(page), 'Sign in to Vega AI');
      await page.goBack();
      await page.reload();
      assert.equal(await heading(page), 'Sign in to Vega AI', 'nothing is left to go back to');
    });
  });

  test('with a wrong password shows help, keeps the name and works at the next try', async () => {
    const { username } = await createUser(server);
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login?returnTo=/account/password');
      await fillAndSend(page, username, 'a wrong password');
      assert.match(await page.getByRole('alert').innerText(), /do not match/);
      assert.equal(await page.getByLabel('Username').inputValue(), username);
      assert.equal(await page.getByLabel('Password').inputValue(), '');
      assert.match(await page.title(), /^Error: /);
      await fillAndSend(page, username);
      assert.equal(await heading(page), 'Change your password');
    });
  });

  test('leaves scripts nothing of the session', async () => {
    const { username } = await createUser(server);
    await tabs.with({}, async (page, context) => {
      await signIn(page, username);
      assert.equal(await page.evaluate('document.cookie'), '');
      const cookies = await context.cookies();
      const seen = cookies.map(({ name, httpOnly, sameSite, path }) => [
        name,
        httpOnly,
        sameSite,
        path,
      ]);
      assert.deepEqual(seen.sort(), [
        ['refresh_token', true, 'Lax', '/'],
        ['token', true, 'Lax', '/'],
      ]);
    });
  });
});

test('two tabs that renew the session at once both stay signed in', async () => {
  const { username } = await createUser(server);
  await tabs.with({}, async (page, context) => {
    await signIn(page, username);
    for (let round = 0; round < 3; round += 1) {
      await context.clearCookies({ name: 'token' });
      const second = await context.newPage();
      await Promise.all([open(page, '/'), open(second, '/account/password')]);
      assert.equal(await heading(page), 'Your account');
      assert.equal(await heading(second), 'Change your password');
      await page.reload();
      assert.equal(await heading(page), 'Your account');
      await second.close();
    }
  });
});

test('a session that was ended elsewhere is asked to sign in', async () => {
  const { username } = await createUser(server);
  await tabs.with({}, async (lost) => {
    await signIn(lost, username);
    await tabs.with({}, async (page) => {
      await signIn(page, username);
      await page.getByRole('button', { name: /^End the session of Chrome/ }).click();
      assert.match(await page.getByRole('status').innerText(), /session was ended/);
    });
    await lost.reload();
    assert.equal(await heading(lost), 'Sign in to Vega AI');
  });
});

test('a changed password keeps this browser signed in and no other', async () => {
  const { username } = await createUser(server);
  await tabs.with({}, async (other) => {
    await signIn(other, username);
    await tabs.with({}, async (page) => {
      await signIn(page, username);
      await page.getByRole('link', { name: 'Change password', exact: true }).click();
      await fillPasswords(page, 'a wrong password');
      assert.match(await page.getByRole('alert').innerText(), /not your current password/);
      await fillPasswords(page, USER_PASSWORD, NEW_PASSWORD, 'something else');
      assert.match(await page.getByRole('alert').innerText(), /not the same/);
      await fillPasswords(page, USER_PASSWORD);
      assert.match(await page.getByRole('status').innerText(), /password was changed/);
    });
    await other.reload();
    assert.equal(await heading(other), 'Sign in to Vega AI');
    await fillAndSend(other, username, NEW_PASSWORD);
    assert.equal(await heading(other), 'Your account');
  });
});

test('everything works without JavaScript', async () => {
  const { username } = await createUser(server);
  await signInElsewhere(username);
  await tabs.with({ javaScriptEnabled: false }, async (page) => {
    await signIn(page, username);
    await page.getByRole('button', { name: /^End the session/ }).click();
    assert.match(await page.getByRole('status').innerText(), /session was ended/);
    await page.getByRole('link', { name: 'Change password', exact: true }).click();
    await fillPasswords(page, USER_PASSWORD);
    assert.match(await page.getByRole('status').innerText(), /password was changed/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    assert.equal(await heading(page), 'Sign in to Vega AI');
  });
});

test('everything works with the keyboard alone, and the focus can be seen', async () => {
  const { username } = await createUser(server);
  await signInElsewhere(username);
  await tabs.with({}, async (page) => {
    const focused = (id: string) => page.locator(`#${id}:focus`).waitFor();
    await open(page, '/auth/login');
    await focused('username');
    await page.keyboard.type(username);
    await tabTo(page, /^Password$/);
    await page.keyboard.type('a wrong password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await focused('password');
    await page.keyboard.type(USER_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your account' }).waitFor();
    await tabTo(page, /^End the session[\s\S]*UTC$/);
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    await tabTo(page, /^Change password$/);
    await page.keyboard.press('Enter');
    await focused('current_password');
    await page.keyboard.type(USER_PASSWORD);
    await tabTo(page, /^New password$/);
    await page.keyboard.type(NEW_PASSWORD);
    await tabTo(page, /^New password, again$/);
    await page.keyboard.type(NEW_PASSWORD);
    await tabTo(page, /^Change password$/);
    await page.keyboard.press('Space');
    await page.getByRole('status').waitFor();
    await tabTo(page, /^Sign out$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sign in to Vega AI' }).waitFor();
  });
});

describe('a foreign site', () => {
  let foreign: Server;
  before(async () => {
    foreign = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://foreign.invalid');
      const target = searchParams.get('target') ?? '';
      const isFrame = searchParams.has('frame');
      const enctype = searchParams.get('enctype');
      const fields = ['username', 'password', 'current_password', 'new_password', 'session']
        .map((name) => `<input name="${name}" value="${searchParams.get(name) ?? NEW_PASSWORD}">`)
        .join('');
      response.setHeader('content-type', 'text/html');
      response.end(
        isFrame
          ? `<!doctype html><iframe src="${target}" title="x"></iframe>`
          : `<!doctype html><form method="post" action="${target}"
              enctype="${enctype}">${fields}<button>Win a prize</button></form>`,
      );
    });
    await new Promise<void>((resolve) => foreign.listen(0, () => resolve()));
  });
  after(() => foreign.close());

  const addressOf = (host: string, parameters: Record<string, string>) => {
    const { port } = foreign.address() as AddressInfo;
    return `http://${host}:${port}/?${new URLSearchParams(parameters)}`;
  };
  const PATHS = [
    '/auth/login',
    '/auth/logout',
    '/auth/refresh',
    '/account/password',
    '/account/sessions/end',
    '/account/sessions/end-others',
  ];

  const form = 'application/x-www-form-urlencoded';
  for (const [what, host, enctypes] of [
    ['of another name', 'localhost', [form]],
    ['of the same name and another port', '127.0.0.1', [form, 'text/plain']],
    ['of another address of this machine', '127.0.0.2', [form]],
  ] as const) {
    test(`${what} posts forms in vain`, async () => {
      const { username, password } = await createUser(server);
      await signInElsewhere(username);
      await tabs.with({}, async (page, context) => {
        await signIn(page, username);
        const before = await context.cookies();
        for (const path of PATHS) {
          for (const enctype of enctypes) {
            const fields = { username, password, current_password: password, enctype };
            await page.goto(addressOf(host, { target: `${server.url}${path}`, ...fields }));
            const answered = page.waitForResponse(`${server.url}${path}`);
            await page.getByRole('button').click();
            const statuses = enctype === 'text/plain' ? [403, 415] : [403];
            const status = (await answered).status();
            assert.ok(statuses.includes(status), `${path} ${enctype}: ${status}`);
            await page.waitForLoadState();
          }
        }
        assert.deepEqual(await context.cookies(), before);
        await open(page, '/');
        assert.equal(await page.getByRole('listitem').count(), 2, 'both sessions live');
      });
    });
  }

  test('cannot show a page of ours in a frame', async () => {
    const context = await tabs.newContext();
    const page = await context.newPage();
    const refused = page.waitForEvent('console', {
      predicate: (message) => message.text().includes('frame-ancestors'),
    });
    await page.goto(addressOf('localhost', { target: `${server.url}/auth/login`, frame: 'yes' }));
    assert.equal((await refused).type(), 'error');
    assert.equal(await page.frameLocator('iframe').getByLabel('Username').count(), 0);
    await context.close();
  });
});
