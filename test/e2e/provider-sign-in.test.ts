/** Sign-in by a provider in a real browser; the provider is another site than ours. */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createUser, USER_PASSWORD } from '../support/accounts.ts';
import { BrowserTabs, expectNoFaults, PHONE, tabTo } from '../support/browser-tabs.ts';
import { BrowserSession } from '../support/cookie-jar.ts';
import {
  agree,
  newPerson,
  type ProviderServer,
  startFlow,
  startProviderServer,
} from '../support/provider-sign-in.ts';
import { startTestServer } from '../support/test-server.ts';

/** What the page for changing a password says to who signs in by a provider. */
const NO_PASSWORD = 'You have no password here';

let server: ProviderServer;
let tabs: BrowserTabs;
before(async () => {
  server = await startProviderServer({ providerHost: 'localhost' });
  // Statuses of ours; and the mock has no picture for the tab.
  tabs = await BrowserTabs.launch(/the server responded with a status of [45]\d\d/);
});
beforeEach(() => {
  server.google.reset();
  server.acme.reset();
  server.google.hasConsentPage = true;
  server.acme.hasConsentPage = true;
});
after(async () => {
  await tabs.close();
  await server.close();
});

const open = (page: Page, path: string) => page.goto(`${server.url}${path}`);
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();
const alertOf = (page: Page) => page.getByRole('alert').innerText();

/** The button may be a link or a button; people see no difference. */
const choose = (page: Page, name = 'Sign in with Google') =>
  page.getByRole('link', { name }).or(page.getByRole('button', { name })).click();
const agreeAt = (page: Page) => page.getByRole('link', { name: 'Agree' }).click();
const cancelAt = (page: Page) => page.getByRole('link', { name: 'Cancel' }).click();

const VIEWS: [name: string, show: (page: Page) => Promise<unknown>][] = [
  ['with its buttons', (page) => open(page, '/auth/login')],
  [
    'after a cancelled sign-in',
    async (page) => {
      await open(page, '/auth/login');
      await choose(page);
      await cancelAt(page);
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'after a refused identity',
    async (page) => {
      server.google.person = newPerson({ email_verified: false });
      await open(page, '/auth/login');
      await choose(page);
      await agreeAt(page);
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'while the provider is broken',
    async (page) => {
      server.google.person = newPerson();
      await open(page, '/auth/login');
      await choose(page);
      server.google.break('token', 'answers_html');
      await agreeAt(page);
      await page.getByRole('alert').waitFor();
    },
  ],
  ['after a way back that is not ours', (page) => open(page, '/auth/google/callback?state=x')],
];

test('axe finds no fault with the page that has no password to change', async () => {
  server.google.person = newPerson();
  await tabs.with(PHONE, async (page) => {
    await open(page, '/account/password');
    await choose(page);
    await agreeAt(page);
    assert.equal(await heading(page), NO_PASSWORD);
    await expectNoFaults(page);
  });
});

test('the longest name of a provider breaks into lines and not the page', async (t) => {
  const { issuer, clientId, clientSecret } = server.acme;
  const entry = { issuer, client_id: clientId, client_secret: clientSecret };
  const named = await startTestServer({
    settings: {
      OIDC_PROVIDERS: JSON.stringify([
        { ...entry, id: 'one-word', name: 'W'.repeat(40) },
        { ...entry, id: 'words', name: 'Ministry of Extraordinarily Long Names' },
      ]),
    },
  });
  t.after(() => named.close());
  await tabs.with(PHONE, async (page) => {
    await page.goto(`${named.url}/auth/login`);
    assert.equal(await page.getByRole('link', { name: /^Sign in with/ }).count(), 2);
    await expectNoFaults(page);
  });
});

describe('on the narrowest phone, in light and dark, axe finds no fault with the login page', () => {
  for (const [name, show] of VIEWS) {
    test(name, async () => {
      await tabs.with(PHONE, async (page) => {
        await show(page);
        assert.match(await heading(page), /^Sign in to/);
        await expectNoFaults(page);
      });
    });
  }
});

describe('signing in with Google', () => {
  for (const javaScriptEnabled of [true, false]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const scripts = javaScriptEnabled ? 'scripts' : 'no scripts';
      test(`leads to where one wanted to go, with ${scripts}, in ${colorScheme}`, async () => {
        const person = newPerson();
        server.google.person = person;
        await tabs.with({ javaScriptEnabled, colorScheme }, async (page, context) => {
          await open(page, '/account/password');
          assert.equal(await heading(page), 'Sign in to Vega AI');
          await choose(page);
          assert.equal(new URL(page.url()).origin, server.google.issuer);
          await agreeAt(page);
          assert.equal(new URL(page.url()).pathname, '/account/password');
          const names = (await context.cookies(server.url)).map(({ name }) => name);
          assert.deepEqual(names.sort(), ['refresh_token', 'token']);
          await open(page, '/');
          assert.equal(await heading(page), 'Your account');
          assert.match(await page.getByRole('main').innerText(), new RegExp(person.email));
        });
      });
    }
  }

  test('is one session in the list, and signing out ends it', async () => {
    server.google.person = newPerson();
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login');
      await choose(page);
      await agreeAt(page);
      assert.equal(await heading(page), 'Your account');
      assert.equal(await page.getByRole('listitem').count(), 1);
      await page.getByRole('button', { name: 'Sign out' }).click();
      assert.equal(await heading(page), 'Sign in to Vega AI');
      await page.goBack();
      await page.reload();
      assert.equal(await heading(page), 'Sign in to Vega AI', 'nothing is left to go back to');
    });
  });

  test('works with the keyboard alone, and the focus can be seen', async () => {
    server.google.person = newPerson();
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login');
      await tabTo(page, /^Sign in with Google$/);
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'Agree' }).waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Your account' }).waitFor();
    });
  });

  test('works for the other provider under its own name', async () => {
    const person = newPerson();
    server.acme.person = person;
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login');
      await choose(page, 'Sign in with Acme SSO');
      assert.equal(new URL(page.url()).origin, server.acme.issuer);
      await agreeAt(page);
      assert.match(await page.getByRole('main').innerText(), new RegExp(person.email));
    });
  });

  test('in two tabs at once finishes in both', async () => {
    const person = newPerson();
    server.google.person = person;
    await tabs.with({}, async (page, context) => {
      const second = await context.newPage();
      await open(page, '/auth/login?returnTo=/account/password');
      await open(second, '/auth/login');
      await choose(page);
      await choose(second);
      await agreeAt(page);
      assert.equal(await heading(page), NO_PASSWORD);
      await agreeAt(second);
      assert.equal(await heading(second), 'Your account');
      await page.reload();
      assert.equal(await heading(page), NO_PASSWORD);
    });
  });
});

describe('when it does not work out', () => {
  test('who cancels reads so, and signs in by password to where they wanted to go', async () => {
    const { username } = await createUser(server);
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login?returnTo=/account/password');
      await choose(page);
      await cancelAt(page);
      assert.match(await alertOf(page), /not finished/);
      assert.match(await page.title(), /^Error: /);
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password').fill(USER_PASSWORD);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      assert.equal(await heading(page), 'Change your password');
    });
  });

  test('who cancels can choose Google again at once', async () => {
    server.google.person = newPerson();
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login?returnTo=/account/password');
      await choose(page);
      await cancelAt(page);
      await choose(page);
      await agreeAt(page);
      assert.equal(await heading(page), NO_PASSWORD);
    });
  });

  test('a provider that is down is told apart from a mistake of the person', async () => {
    const { username } = await createUser(server);
    server.google.person = newPerson();
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login');
      await choose(page);
      server.google.break('token', 'hangs_up');
      await agreeAt(page);
      assert.match(await alertOf(page), /Google/);
      assert.match(await alertOf(page), /again|later/i);
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password').fill(USER_PASSWORD);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      assert.equal(await heading(page), 'Your account');
    });
  });

  test('a reload of the address that led back signs nobody in and breaks nothing', async () => {
    server.google.person = newPerson({ email_verified: false });
    await tabs.with({}, async (page) => {
      await open(page, '/auth/login');
      await choose(page);
      await agreeAt(page);
      assert.match(await alertOf(page), /verif/i);
      await page.reload();
      await page.getByRole('alert').waitFor();
      assert.equal(await heading(page), 'Sign in to Vega AI');
    });
  });
});

describe('a foreign site', () => {
  let foreign: Server;
  before(async () => {
    foreign = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://foreign.invalid');
      const target = (searchParams.get('target') ?? '').replaceAll('&', '&amp;');
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><a href="${target}">Win a prize</a>
<img src="${target}" alt=""><iframe src="${target}" title="x"></iframe>`);
    });
    await new Promise<void>((resolve) => foreign.listen(0, () => resolve()));
  });
  after(() => foreign.close());

  const lure = (target: string) => {
    const { port } = foreign.address() as AddressInfo;
    return `http://localhost:${port}/?${new URLSearchParams({ target })}`;
  };

  /** The stranger's own way back, taken up to the last step. */
  const wayBackOfStranger = async () =>
    (await agree(await startFlow(new BrowserSession(server)), newPerson())).href;

  test('cannot sign a person in as somebody else with an address that it prepared', async () => {
    const back = await wayBackOfStranger();
    const context = await tabs.newContext();
    const page = await context.newPage();
    await page.goto(lure(back));
    await page.getByRole('link').click();
    assert.equal(await heading(page), 'Sign in to Vega AI');
    await page.getByRole('alert').waitFor();
    assert.deepEqual(await context.cookies(server.url), []);
    await context.close();
  });

  test('cannot replace the session of a person with the one of somebody else', async () => {
    const back = await wayBackOfStranger();
    const { username } = await createUser(server);
    const context = await tabs.newContext();
    const page = await context.newPage();
    await open(page, '/auth/login');
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(USER_PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    // With a flow of its own under way, so that the browser does hold a state.
    const tab = await context.newPage();
    await open(tab, '/auth/login');
    await choose(tab);
    await page.goto(lure(back));
    await page.getByRole('link').click();
    await page.getByRole('alert').waitFor();
    await open(page, '/');
    assert.match(await page.getByRole('main').innerText(), new RegExp(username));
    await context.close();
  });

  test('that starts a sign-in gains nothing but the page of the provider', async () => {
    server.google.person = newPerson();
    const context = await tabs.newContext();
    const page = await context.newPage();
    await page.goto(lure(`${server.url}/auth/google/login?returnTo=https://evil.example/`));
    await page.getByRole('link', { name: 'Win a prize' }).click();
    await agreeAt(page);
    assert.equal(page.url(), `${server.url}/`, 'and the person is who the provider says');
    await context.close();
  });
});
