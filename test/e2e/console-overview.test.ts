/** The first page of the console: its numbers, its charts, and what it says about a new server. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  createAccessToken,
  createUser,
  freshName,
  openSession,
  signIn,
} from '../support/accounts.ts';
import {
  type ConsoleSite,
  heading,
  openConsoleSite,
  SMALL,
  signInAsAdmin,
} from '../support/console-site.ts';
import { waitUntil } from '../support/waiting.ts';

const REFRESHED_AFTER_MS = 5_000;
const AWAY_AFTER_MS = 15 * 60_000;
/** Tabs of their own: a clock once put in stays. */
const WITH_CLOCK = { viewport: { width: 1270, height: 800 }, reducedMotion: 'reduce' } as const;

let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const cards = (page: Page) => page.getByRole('list', { name: 'Now, and in the last 24 hours' });
const card = (page: Page, label: string) =>
  cards(page)
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: label }) });

/** The number of a card, as soon as it is that. */
const waitForNumber = (page: Page, label: string, number: number) =>
  card(page, label).getByText(String(number), { exact: true }).waitFor();

const failSignIn = async () => {
  const body = { username: freshName(), password: 'a wrong password' };
  assert.equal((await site.server.call('POST', '/api/auth/login', { body })).status, 401);
};

const readStats = async () => {
  const bearer = await site.server.signInAdmin();
  return (await site.server.call('GET', '/management/stats', { bearer })).json;
};

describe('the overview', () => {
  test('is the first page', async () => {
    await site.asAdmin('', async (page) => {
      await heading(page, 'Overview');
      await page.waitForURL(/\/console\/overview$/);
    });
  });

  test('moves by itself after a failed sign-in, as long as somebody is there', async () => {
    await openSession(site.server);
    const { sign_ins: before, live_sessions: sessions } = await readStats();
    await site.tabs.with(WITH_CLOCK, async (page) => {
      await page.clock.install();
      await site.open(page, '/overview');
      await signInAsAdmin(page);
      await waitForNumber(page, 'Active sessions', sessions);
      await waitForNumber(page, 'Failed sign-ins', before.failed_last_day);
      await failSignIn();
      await page.clock.fastForward(REFRESHED_AFTER_MS);
      await waitForNumber(page, 'Failed sign-ins', before.failed_last_day + 1);
      await page.clock.fastForward(AWAY_AFTER_MS);
      await page.getByText('Not kept up to date').waitFor();
      let asked = 0;
      page.on('request', (request) => {
        if (request.url().includes('/management/')) asked += 1;
      });
      await page.clock.fastForward(REFRESHED_AFTER_MS * 20);
      assert.equal(asked, 0);
      await page.mouse.move(10, 10);
      await page.getByText('it keeps itself up to date').waitFor();
    });
  });

  test('warns while auth enforcement is off, and leads to its switch', async () => {
    const bearer = await site.server.signInAdmin();
    const setAuth = (enabled: boolean) =>
      site.server.call('PATCH', '/auth/enabled', { bearer, body: { enabled } });
    await setAuth(false);
    await site.asAdmin('/overview', async (page) => {
      const alert = page.getByRole('alert').filter({ hasText: 'Auth enforcement is off' });
      await alert.getByRole('link').click();
      await heading(page, 'Settings');
      await setAuth(true);
      await site.open(page, '/overview');
      await cards(page).waitFor();
      assert.equal(await alert.count(), 0);
    });
  });

  test('its cards lead to what they count', async () => {
    const places: [label: string, title: string, address: RegExp][] = [
      ['Active sessions', 'Sessions', /\/sessions$/],
      ['Sign-ins', 'Audit trail', /\?event=session\.signed_in&since=\d{4}-\d\d-\d\dT/],
      ['Failed sign-ins', 'Audit trail', /\?event=session\.sign_in_failed&since=/],
      ['Refused by limits', 'Audit trail', /\?event=sign_in\.limited&since=/],
      ['Tokens about to expire', 'Access tokens', /\?state=expiring$/],
      ['Users', 'Users', /\/users$/],
    ];
    await site.asAdmin('/overview', async (page) => {
      for (const [label, title, address] of places) {
        await card(page, label).getByRole('link', { name: label, exact: true }).click();
        await heading(page, title);
        assert.match(page.url(), address);
        await page.goBack();
      }
      for (const event of ['admin.signed_in', 'admin.sign_in_failed']) {
        const href = `a[href*="event=${event}&"]`;
        assert.equal(await cards(page).locator(href).count(), 1, event);
      }
    });
  });

  test('counts tokens that are about to expire', async () => {
    await createAccessToken(site.server, 'read', { will_expire: true, expires_in_seconds: 3600 });
    const { access_tokens: tokens } = await readStats();
    await site.asAdmin('/overview', (page) =>
      waitForNumber(page, 'Tokens about to expire', tokens.expiring_within_week),
    );
  });
});

describe('a new server', () => {
  test('says what to do next, until there is somebody', async (t) => {
    const fresh = await openConsoleSite({ tabs: site.tabs });
    t.after(() => fresh.close());
    const steps = (page: Page) =>
      page.getByRole('region', { name: 'Your server runs. What next?' });
    await fresh.asAdmin('/overview', async (page) => {
      await steps(page).waitFor();
      await button(page, 'Add a user').click();
      await page.getByLabel('Username', { exact: true }).fill('john.doe@example.com');
      await page.getByLabel('First password').fill('securePassword123');
      await button(page, 'Add the user').click();
      await heading(page, 'john.doe@example.com');
      await page.getByRole('link', { name: 'Overview' }).click();
      await waitForNumber(page, 'Users', 1);
      assert.equal(await steps(page).count(), 0);
    });
  });
});

describe('a chart', () => {
  const chart = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  test('counts what happened, over an hour, a day and a week', async () => {
    const user = await createUser(site.server);
    await signIn(site.server, user);
    await site.asAdmin('/overview', async (page) => {
      const { sign_ins: counted } = await readStats();
      for (const [period, label, buckets] of [
        ['Hour', 'In the last hour', 60],
        ['Day', 'In the last 24 hours', 96],
        ['Week', 'In the last 7 days', 168],
      ] as const) {
        await page.getByText(period, { exact: true }).click();
        const signIns = chart(page, 'Sign-ins');
        await signIns.getByText(label).waitFor();
        await signIns.getByText(`Signed in ${counted.succeeded_last_day}`).waitFor();
        await signIns.getByText('As a table').click();
        const rows = signIns.locator('tbody tr');
        await rows.nth(buckets - 1).waitFor();
        assert.ok((await rows.count()) <= buckets + 1);
        await signIns.getByText('As a table').click();
      }
      assert.match(page.url(), /\?period=week$/);
    });
  });

  test('is read off with the arrow keys, and left with Escape', async () => {
    await site.asAdmin('/overview', async (page) => {
      const signIns = chart(page, 'Sign-ins');
      const plot = signIns.getByRole('group', { name: 'Sign-ins' });
      await plot.focus();
      await page.keyboard.press('End');
      const said = signIns.getByRole('status');
      await said.getByText(/Signed in \d+, Failed \d+$/).waitFor();
      const last = await said.innerText();
      await page.keyboard.press('ArrowLeft');
      await signIns.getByText('In the last hour').waitFor({ state: 'detached' });
      assert.notEqual(await said.innerText(), last);
      await page.keyboard.press('ArrowRight');
      assert.equal(await said.innerText(), last);
      await page.keyboard.press('Escape');
      await signIns.getByText('In the last hour').waitFor();
    });
  });

  test('is as wide as its place, whatever becomes of the window', async () => {
    await site.asAdmin(
      '/overview',
      async (page) => {
        const canvas = chart(page, 'Refreshes').locator('canvas');
        const widthOf = async () => (await canvas.boundingBox())?.width ?? 0;
        await canvas.waitFor();
        const narrow = await widthOf();
        await page.setViewportSize({ width: 800, height: 740 });
        await waitUntil('the chart is wide', async () => (await widthOf()) > narrow + 100);
        await page.setViewportSize(SMALL.viewport);
        await waitUntil('the chart is narrow', async () => (await widthOf()) === narrow);
      },
      SMALL,
    );
  });
});
