/** Into the console and out of it: the first run, signing in, the end of a session, the keyboard. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { createUser } from '../support/accounts.ts';
import {
  type ConsoleSite,
  heading,
  openConsoleSite,
  signInAsAdmin,
  signInAsUser,
  WIDE,
} from '../support/console-site.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';

/** One server with an admin for most tests, and one browser for all. */
let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

describe('the first run', () => {
  test('makes the admin from this machine, as soon as the password keeps every rule', async (t) => {
    const fresh = await openConsoleSite({ hasAdmin: false, tabs: site.tabs });
    t.after(() => fresh.close());
    await site.tabs.with(WIDE, async (page) => {
      await fresh.open(page, '/sessions');
      await heading(page, 'Create the admin');
      const create = page.getByRole('button', { name: 'Create the admin and sign in' });
      const password = page.getByLabel('Password', { exact: true });
      const missing = () => page.getByText('not yet').count();
      assert.equal(await missing(), 5);
      await password.fill('short');
      assert.equal(await missing(), 4);
      await password.fill(ADMIN_PASSWORD);
      assert.equal(await missing(), 0);
      await page.getByLabel('Password, again').fill(`${ADMIN_PASSWORD}x`);
      await page.getByText('This is not the same password.').waitFor();
      assert.equal(await create.isDisabled(), true);
      await page.getByLabel('Password, again').fill(ADMIN_PASSWORD);
      await create.click();
      await heading(page, 'Sessions');
      assert.equal(await fresh.server.sallyport.admin.exists(), true);
    });
  });

  test('says which command makes the admin where this machine is not the server’s', async (t) => {
    const settings = { LOCAL_ADMIN_CALLS: 'off' };
    const fresh = await openConsoleSite({ hasAdmin: false, settings, tabs: site.tabs });
    t.after(() => fresh.close());
    const user = await createUser(fresh.server, { role: 'ADMIN' });
    await site.tabs.with(WIDE, async (page) => {
      await fresh.open(page);
      await heading(page, 'There is no admin yet');
      assert.equal(await page.getByLabel('Command').inputValue(), 'npx sallyport admin create');
      await page.getByRole('button', { name: 'Sign in as a user instead' }).click();
      await page.getByLabel('Username').fill(user.username);
      await page.getByLabel('Password', { exact: true }).fill(user.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    });
  });
});

describe('signing in', () => {
  test('with a wrong password says so, and works at the next try', async () => {
    await site.tabs.with(WIDE, async (page) => {
      await site.open(page);
      await page.getByLabel('Password', { exact: true }).fill('a wrong password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      assert.match(await page.getByRole('alert').innerText(), /not the password of the built-in/);
      await signInAsAdmin(page);
    });
  });

  test('is for users with the role ADMIN, and tells no others apart', async () => {
    const admin = await createUser(site.server, { role: 'ADMIN' });
    const standard = await createUser(site.server);
    await site.tabs.with(WIDE, async (page) => {
      await site.open(page);
      await signInAsUser(page, standard);
      const refusal = await page.getByRole('alert').innerText();
      await page.getByLabel('Username').fill('nobody@example.com');
      const answered = page.waitForResponse(/console\/session$/);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await answered;
      assert.equal(await page.getByRole('alert').innerText(), refusal);
      await page.getByLabel('Username').fill(admin.username);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: admin.username }).waitFor();
    });
  });

  test('leads to the page that was asked for', async () => {
    await site.asAdmin('/users?role=ADMIN', async (page) => {
      await heading(page, 'Users');
      assert.match(page.url(), /\/console\/users\?role=ADMIN$/);
      assert.equal(await page.getByRole('combobox', { name: 'Role' }).inputValue(), 'Admin');
    });
  });

  test('leaves scripts nothing of it', async () => {
    await site.asAdmin('', async (page, context) => {
      assert.equal(await page.evaluate('document.cookie'), '');
      const kept = 'JSON.stringify({ ...localStorage, ...sessionStorage })';
      assert.equal(await page.evaluate(kept), '{}');
      const [cookie, ...others] = await context.cookies();
      assert.deepEqual(
        [cookie?.name, cookie?.httpOnly, cookie?.sameSite, cookie?.path, others.length],
        ['console', true, 'Strict', '/', 0],
      );
    });
  });

  test('says why when the browser does not keep the cookie', async () => {
    await site.tabs.with(WIDE, async (page, context) => {
      await page.route('**/management/console/session', async (route) => {
        const response = await route.fetch();
        await context.clearCookies();
        const { 'set-cookie': _, ...headers } = response.headers();
        await route.fulfill({ response, headers });
      });
      await site.open(page);
      await page.getByLabel('Password', { exact: true }).fill(ADMIN_PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('your browser did not keep the cookie').waitFor();
      await page.unrouteAll();
    });
  });

  test('ends with signing out, also for who goes back', async () => {
    await site.asAdmin('/sessions', async (page) => {
      await page.getByRole('link', { name: 'Users' }).click();
      await heading(page, 'Users');
      await page.getByRole('button', { name: 'Built-in admin' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await heading(page, 'Sign in');
      await page.goBack();
      await page.reload();
      await heading(page, 'Sign in');
    });
  });

  test('ends an hour after anybody did anything, in this tab or another one', async () => {
    // A profile of its own: its clock stays one that is moved.
    const options = { ...WIDE, locale: 'en-IE' };
    const work = async (page: Page, context: BrowserContext) => {
      await context.clock.install();
      const other = await context.newPage();
      await site.open(page, '/overview');
      await site.open(other, '/users');
      for (const tab of [page, other]) {
        await tab.getByRole('heading', { level: 1, name: /Overview|Users/ }).waitFor();
      }
      await context.clock.fastForward('59:00');
      await page.evaluate(`globalThis.told = new Promise((resolve) => {
        new BroadcastChannel('sallyport-console-attended').onmessage = () => resolve(true);
      }); null`);
      await other.keyboard.press('Shift');
      assert.equal(await page.evaluate('globalThis.told'), true);
      await context.clock.fastForward('02:00');
      assert.equal(await page.getByRole('navigation', { name: 'Pages' }).count(), 1);
      await context.clock.fastForward('58:30');
      await heading(page, 'Sign in');
      await heading(other, 'Sign in');
    };
    await site.asAdmin('/users', work, options);
  });

  test('is asked for where the session has ended, and leads back to the same place', async () => {
    const { id, username } = await createUser(site.server);
    await site.asAdmin(`/users/${id}`, async (page, context) => {
      await heading(page, username);
      // What is still being asked for would meet the sign-in before the click does.
      await page.waitForLoadState('networkidle');
      await context.clearCookies();
      await page.getByRole('link', { name: 'Sessions' }).click();
      await heading(page, 'Sign in');
      await signInAsAdmin(page);
      await heading(page, 'Sessions');
      await page.goBack();
      await heading(page, username);
    });
  });
});

describe('the frame of all pages', () => {
  test('an address that leads nowhere says so', async () => {
    await site.asAdmin('/no/such/page', async (page) => {
      await heading(page, 'There is no such page');
      await page.getByRole('link', { name: 'Go to the start' }).click();
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
      assert.doesNotMatch(page.url(), /no\/such/);
    });
  });

  test('the colours are chosen once and kept, in nothing but the browser’s storage', async () => {
    await site.asAdmin('/users', async (page) => {
      await page.getByRole('button', { name: 'Colours' }).click();
      await page.getByRole('menuitem', { name: 'Dark' }).click();
      const dark = page.locator('html[data-mantine-color-scheme=dark]');
      await dark.waitFor();
      await page.reload();
      await dark.waitFor();
      await page.getByRole('button', { name: 'Colours' }).click();
      await page.getByRole('menuitem', { name: 'As the system' }).click();
      await page.locator('html[data-mantine-color-scheme=light]').waitFor();
      await page.evaluate('localStorage.clear()');
    });
  });

  test('the keyboard skips to the content, and a new page takes the focus', async () => {
    await site.asAdmin('/users', async (page) => {
      await heading(page, 'Users');
      await page.reload();
      await heading(page, 'Users');
      await page.keyboard.press('Tab');
      await page.locator('a:focus', { hasText: 'Skip to the content' }).waitFor();
      await page.keyboard.press('Enter');
      await page.locator('#content:focus').waitFor();
      assert.match(page.url(), /\/console\/users(#content)?$/);
      await page.getByRole('link', { name: 'Sessions' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('h1:focus', { hasText: 'Sessions' }).waitFor();
      assert.equal(await page.title(), 'Sessions – Sallyport');
    });
  });

  test('names that look like markup or scripts are shown as they are', async () => {
    const username = '<img src=x onerror=alert(1)>{{7*7}}';
    const { id } = await createUser(site.server, { username });
    await site.asAdmin(`/users/${id}`, async (page) => {
      await heading(page, username);
      assert.equal(await page.locator('img').count(), 0);
    });
  });
});

test('nothing that gets into the page becomes a script, is loaded from or sent to elsewhere', async () => {
  // What the browser refuses it also complains of, and every complaint fails a test of the tabs.
  const context = await site.tabs.newContext();
  try {
    const page = await context.newPage();
    await site.open(page);
    await heading(page, 'Sign in');
    const refused = (code: string) =>
      page.evaluate(`(async () => {
        const told = new Promise((resolve) => addEventListener('securitypolicyviolation',
          ({ effectiveDirective }) => resolve(effectiveDirective), { once: true }));
        try { ${code} } catch {}
        const late = new Promise((resolve) => setTimeout(resolve, 60_000, 'nothing was refused'));
        return Promise.race([told, late]);
      })()`);
    const markup = "document.body.innerHTML += '<img src=x onerror=alert(1)>'";
    await assert.rejects(page.evaluate(markup), /not written as text/);
    assert.equal(
      await refused("document.createElement('script').text = '1'"),
      'require-trusted-types-for',
    );
    assert.equal(await refused("fetch('https://example.com/').catch(() => {})"), 'connect-src');
    assert.equal(await refused("new Image().src = 'https://example.com/x'"), 'img-src');
    assert.equal(
      await refused(`const link = document.createElement('link');
        link.rel = 'stylesheet'; link.href = 'https://example.com/x'; document.head.append(link)`),
      'style-src-elem',
    );
    assert.equal(
      await refused(`const style = document.createElement('style');
        style.textContent = 'body { color: red }'; document.head.append(style)`),
      'style-src-elem',
    );
    assert.equal(
      await refused("document.body.setAttribute('style', 'color: red')"),
      'style-src-attr',
    );
  } finally {
    await context.close();
  }
});
