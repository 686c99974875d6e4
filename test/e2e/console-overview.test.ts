/** The first page of the console: its numbers, its charts, and what it says about a new server. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createAccessToken, createUser, freshName, openSession } from '../support/accounts.ts';
import { type ConsoleSite, heading, openConsoleSite, SMALL, WIDE } from '../support/console-site.ts';

const REFRESHED_AFTER_MS = 5_000;
const AWAY_AFTER_MS = 15 * 60_000;

let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const cards = (page: Page) => page.getByRole('list', { name: 'Now, and in the last 24 hours' });
const card = (page: Page, label: string) =>
  cards(page).getByRole('listitem').filter({ has: page.getByRole('link', { name: label }) });

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

/** The overview with a clock in the browser that the test moves. */
const onOverview = (work: (page: Page) => Promise<void>, size: typeof SMALL | typeof WIDE = WIDE) =>
  site.tabs.with(size, async (page) => {
    await page.clock.install();
    await site.open(page);
    await page.getByLabel('Password', { exact: true }).fill('Correct-Horse-9-Battery');
    await work(page);
  });
void onOverview;

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
    await site.tabs.with(WIDE, async (page) => {
      await page.clock.install();
      await site.enter(page, '/overview');
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
});
