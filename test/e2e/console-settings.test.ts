/** What operators see and do on the settings page of the console, against the real server. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createAccessToken, createUser, openSession } from '../support/accounts.ts';
import {
  type ConsoleSite,
  expectFaultlessView,
  heading,
  openConsoleSite,
  SMALL,
  signInAsUser,
  WIDE,
} from '../support/console-site.ts';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';

let provider: OpenIdProvider;
let site: ConsoleSite;
before(async () => {
  provider = await OpenIdProvider.start();
  site = await openConsoleSite({
    settings: {
      GOOGLE_ISSUER: provider.issuer,
      GOOGLE_CLIENT_ID: provider.clientId,
      GOOGLE_CLIENT_SECRET: provider.clientSecret,
      GOOGLE_CLIENT_REDIRECT_URL: 'http://localhost:3000/callback',
    },
  });
});
after(async () => {
  await site.close();
  await provider.close();
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
const rows = (page: Page) => page.getByRole('table', { name: 'Settings' }).locator('tbody tr');

async function setAuth(enabled: boolean): Promise<void> {
  const bearer = await site.server.signInAdmin();
  const answer = await site.server.call('PATCH', '/auth/enabled', { bearer, body: { enabled } });
  assert.equal(answer.json.result, enabled);
}

const isAuthEnabled = async () => {
  const bearer = await site.server.signInAdmin();
  return (await site.server.call('GET', '/management/stats', { bearer })).json.auth_enabled;
};

describe('the auth switch', () => {
  test('is thrown with the password entered again, and back without', async () => {
    await openSession(site.server);
    await createAccessToken(site.server, 'read');
    await site.asAdmin('/settings', async (page) => {
      site.server.clock.advanceSeconds(6 * 60);
      await button(page, 'Turn off…').click();
      const off = dialog(page, 'Turn auth enforcement off');
      await off.getByText('1 live session or of 1 good access token').waitFor();
      await button(page, 'Turn it off').click();
      const again = dialog(page, 'Enter your password again');
      await again.getByLabel('Password', { exact: true }).fill('not the password');
      await button(page, 'Go on').click();
      await again.getByText('That is not your password.').waitFor();
      assert.equal(await isAuthEnabled(), true);
      await again.getByLabel('Password', { exact: true }).fill(ADMIN_PASSWORD);
      await button(page, 'Go on').click();
      await button(page, 'Turn on…').waitFor();
      await off.waitFor({ state: 'detached' });
      assert.equal(await isAuthEnabled(), false);
      await page.getByText('open to everybody').waitFor();
      await button(page, 'Turn on…').click();
      await button(page, 'Turn it on').click();
      await button(page, 'Turn off…').waitFor();
      assert.equal(await isAuthEnabled(), true);
    });
  });

  test('stays when the password is not entered', async () => {
    await site.asAdmin('/settings', async (page) => {
      site.server.clock.advanceSeconds(6 * 60);
      await button(page, 'Turn off…').click();
      await button(page, 'Turn it off').click();
      await dialog(page, 'Enter your password again')
        .getByRole('button', { name: 'Cancel' })
        .click();
      await page.getByText('Nothing was changed.').waitFor();
      assert.equal(await isAuthEnabled(), true);
    });
  });

  test('is decided again when somebody else has thrown it meanwhile', async () => {
    await site.asAdmin('/settings', async (page) => {
      await button(page, 'Turn off…').click();
      await setAuth(false);
      await setAuth(true);
      const shownAnew = page.waitForResponse(/management\/settings$/);
      await button(page, 'Turn it off').click();
      await page.getByText('Somebody else changed this a moment ago').waitFor();
      assert.equal(await isAuthEnabled(), true);
      await shownAnew;
      await button(page, 'Turn it off').click();
      await button(page, 'Turn on…').waitFor();
      await setAuth(true);
    });
  });

  test('is the built-in admin’s alone: others see who may, and no button', async () => {
    const user = await createUser(site.server, { role: 'ADMIN' });
    await site.tabs.with(WIDE, async (page) => {
      await site.open(page, '/settings');
      await signInAsUser(page, user);
      await heading(page, 'Settings');
      await page.getByText('Only the built-in admin may change this').waitFor();
      assert.match(await page.locator('main').innerText(), new RegExp(user.username));
      assert.equal(await page.getByRole('button', { name: /^Turn/ }).count(), 0);
    });
  });
});

describe('a provider', () => {
  test('is tested: what answers is told from what does not, with what to do', async (t) => {
    t.after(() => provider.reset());
    await site.asAdmin('/settings', async (page) => {
      await page.getByText('Not tried yet').waitFor();
      await button(page, 'Test now').click();
      await page.getByText('Reachable', { exact: true }).waitFor();
      provider.break('discovery', 'answers_500');
      await button(page, 'Test now').click();
      const alert = page.getByRole('alert').filter({ hasText: 'People cannot sign in' });
      await alert.waitFor();
      const command = `curl ${provider.issuer}/.well-known/openid-configuration`;
      assert.match(await alert.innerText(), new RegExp(command.replaceAll(/[.?]/g, '\\$&')));
      for (const { viewport } of [SMALL, WIDE]) {
        await page.setViewportSize(viewport);
        await expectFaultlessView(page);
      }
      provider.reset();
      await button(page, 'Test now').click();
      await alert.waitFor({ state: 'detached' });
    });
  });
});

describe('the settings', () => {
  test('are searched by name and meaning, in the address', async () => {
    await site.asAdmin('/settings?q=failures%20minute', async (page) => {
      await rows(page).first().waitFor();
      const names = await rows(page).locator('td:first-child').allInnerTexts();
      assert.deepEqual(names.sort(), ['ACCOUNT_FAILURES_PER_MINUTE', 'LOGIN_FAILURES_PER_MINUTE']);
      await page.getByRole('searchbox').fill('nothing is called so');
      await page.getByRole('heading', { name: 'No setting fits' }).waitFor();
      await button(page, 'Show all settings').click();
      await page.waitForURL(/\/settings$/);
    });
  });

  test('show which were given, and of secrets only that they are set', async () => {
    await site.asAdmin('/settings?only=given', async (page) => {
      const secret = rows(page).filter({ hasText: 'GOOGLE_CLIENT_SECRET' });
      assert.match(await secret.innerText(), /\(set\)/);
      const text = await page.locator('main').innerText();
      assert.ok(!text.includes(provider.clientSecret));
      assert.equal(await rows(page).filter({ hasText: 'Default' }).count(), 0);
    });
  });

  test('say what holds for passwords, for failures and for how long', async () => {
    await site.asAdmin('/settings', async (page) => {
      const facts = page.getByRole('region', { name: 'For how long' });
      assert.match(await facts.innerText(), /Refresh tokens\s+7 days/);
      const limits = page.getByRole('region', { name: 'Wrong passwords' });
      assert.match(await limits.innerText(), /From an address, in a minute\s+1,000/);
    });
  });
});
