/** The audit trail in the console: found by filters, seen as it happens, taken away as a file. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createAccessToken, createUser, signIn } from '../support/accounts.ts';
import { type ConsoleSite, heading, openConsoleSite } from '../support/console-site.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/waiting.ts';

let site: ConsoleSite;
before(async () => {
  // The browser says what the last hour is, by its own clock.
  site = await openConsoleSite({ clock: new FakeClock(Date.now()) });
});
after(() => site.close());

/** Somebody elsewhere, who does not know the password. */
async function failSignIn(username: string): Promise<void> {
  const body = { username, password: 'not the password' };
  const answer = await site.server.call('POST', '/api/auth/login', { body });
  assert.equal(answer.status, 401, answer.text);
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const event = (page: Page, sentence: string) => page.getByRole('button', { name: sentence });
const rows = (page: Page) => page.locator('tbody tr');
const live = (page: Page) => page.getByText('New events appear on top.').waitFor();

describe('the audit trail', () => {
  test('is filtered by what the address says, and the address follows', async () => {
    const [jane, john] = [await createUser(site.server), await createUser(site.server)];
    await signIn(site.server, jane);
    await failSignIn(jane.username);
    await failSignIn(john.username);
    await site.asAdmin('/audit?event=session.sign_in_failed&last=1h', async (page) => {
      await event(page, `Failed sign-in for ${jane.username}`).waitFor();
      await event(page, `Failed sign-in for ${john.username}`).waitFor();
      assert.equal(await event(page, `${jane.username} signed in`).count(), 0);
      await page.getByRole('combobox', { name: 'About whom' }).fill(jane.username);
      await page.getByRole('option', { name: jane.username }).click();
      await waitUntil('one is left', async () => (await rows(page).count()) === 1);
      assert.match(page.url(), new RegExp(`&subject=${jane.id}$`));
      await page.getByRole('combobox', { name: 'Event' }).click();
      await page.getByRole('option', { name: 'Signed in', exact: true }).click();
      await event(page, `${jane.username} signed in`).waitFor();
      await page.reload();
      await event(page, `${jane.username} signed in`).waitFor();
      assert.equal(await rows(page).count(), 1);
      await button(page, 'Clear the filters').click();
      await event(page, `Failed sign-in for ${john.username}`).waitFor();
      assert.match(page.url(), /\/audit$/);
    });
  });

  test('shows all that was recorded of an event, with ways to what it is about', async () => {
    const { username } = await createUser(site.server);
    const token = await createAccessToken(site.server, 'read', { name: 'of the trail' });
    await failSignIn(username);
    await site.asAdmin('/audit', async (page) => {
      await event(page, `Failed sign-in for ${username}`).click();
      const drawer = page.getByRole('dialog', { name: 'Failed sign-in' });
      await drawer.getByText('wrong password (wrong_password)').waitFor();
      assert.equal(await drawer.getByRole('term').count(), 14);
      await drawer.getByRole('link', { name: username }).click();
      await heading(page, username);
      await event(page, `Failed sign-in for ${username}`).click();
      await drawer.getByRole('link', { name: '127.0.0.1' }).click();
      await heading(page, 'Audit trail');
      assert.match(page.url(), /\?address=127\.0\.0\.1$/);
      await event(page, 'Access token of the trail was made').click();
      await page
        .getByRole('dialog')
        .getByRole('link', { name: /of the trail/ })
        .click();
      await heading(page, 'of the trail');
      assert.match(page.url(), new RegExp(`/access-tokens/${token.id}$`));
    });
  });

  test('is exported as it is filtered', async () => {
    const { id, username } = await createUser(site.server);
    await failSignIn(username);
    await failSignIn(username);
    await signIn(site.server, { username, password: 'securePassword123' });
    const filters = `event=session.sign_in_failed&subject=${id}`;
    await site.asAdmin(`/audit?${filters}&last=1h`, async (page) => {
      const lines = async (label: string) => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: `Export ${label}` }).click(),
        ]);
        return readFileSync(await download.path(), 'utf8')
          .trim()
          .split('\n');
      };
      const [head = '', ...records] = await lines('CSV');
      assert.match(head, /^"?id"?,"?at"?,"?event"?/);
      assert.equal(records.length, 2);
      const events = (await lines('JSON Lines')).map((line) => JSON.parse(line));
      assert.deepEqual(
        events.map((one) => [one.event, one.subject]),
        Array(2).fill(['session.sign_in_failed', String(id)]),
      );
    });
  });

  test('says that it looks further where there may be more behind what was looked at', async () => {
    await site.asAdmin('/audit?address=203.0.113.9', async (page) => {
      await page.getByText('No event fits').waitFor();
      await page.route('**/management/audit-events?*', (route) =>
        route.fulfill({ json: { items: [], next_cursor: 'further' } }),
      );
      await page.reload();
      await page.getByText('Nothing found so far').waitFor();
      await button(page, 'Show more').waitFor();
    });
  });
});

describe('the audit trail as it happens', () => {
  test('shows a failed sign-in at once to who has the page open, in plain words', async () => {
    const { username } = await createUser(site.server);
    await site.asAdmin('/audit', async (page) => {
      await live(page);
      await failSignIn(username);
      const row = rows(page).filter({ hasText: `Failed sign-in for ${username}` });
      await row.waitFor();
      const heard = page.getByRole('status', { name: 'The last alarm' });
      await heard.getByText(`Failed sign-in for ${username}`).waitFor({ state: 'attached' });
      assert.match(String(await row.getAttribute('class')), /arrived.*loud/);
      assert.equal(await rows(page).first().innerText(), await row.innerText(), 'it is on top');
      await failSignIn('nobody.has.this@example.com');
      await event(page, 'Failed sign-in for an unknown username').first().waitFor();
    });
  });

  test('shows only what the filters let through', async () => {
    const [jane, john] = [await createUser(site.server), await createUser(site.server)];
    await site.asAdmin(`/audit?subject=${jane.id}`, async (page) => {
      await live(page);
      await failSignIn(john.username);
      await failSignIn(jane.username);
      await event(page, `Failed sign-in for ${jane.username}`).waitFor();
      assert.equal(await event(page, `Failed sign-in for ${john.username}`).count(), 0);
    });
  });

  test('is paused, and has nothing missing when it goes on', async () => {
    const { username } = await createUser(site.server);
    const sentence = `Failed sign-in for ${username}`;
    await site.asAdmin('/audit', async (page, context) => {
      await live(page);
      const other = await context.newPage();
      await site.open(other, '/audit');
      await live(other);
      await button(page, 'Pause').click();
      await page.getByText('New events are not shown.').waitFor();
      assert.match(page.url(), /\?live=off$/);
      await failSignIn(username);
      await failSignIn(username);
      await waitUntil('they are seen', async () => (await event(other, sentence).count()) === 2);
      assert.equal(await event(page, sentence).count(), 0);
      await button(page, 'Go live').click();
      await waitUntil('both are there', async () => (await event(page, sentence).count()) === 2);
    });
  });

  test('says that it is not connected and why, and comes back by itself', async () => {
    const { username } = await createUser(site.server);
    await site.asAdmin('/audit?live=off', async (page) => {
      const detail = 'Too many streams are open.';
      const refusal = { status: 429, json: { status: 429, detail, code: 'rate_limited' } };
      await page.route('**/audit-events/stream*', (route) => route.fulfill(refusal));
      await button(page, 'Go live').click();
      await page.getByText('Not connected').waitFor();
      await page.getByText(`${detail} Trying again…`).waitFor();
      await page.unroute('**/audit-events/stream*');
      await live(page);
      await failSignIn(username);
      await event(page, `Failed sign-in for ${username}`).waitFor();
    });
  });

  test('leads to the sign-in when the session is ended elsewhere', async () => {
    await site.asAdmin('/audit', async (page) => {
      await live(page);
      const bearer = await site.server.signInAdmin();
      const path = '/management/console-sessions';
      const { json } = await site.server.call('GET', path, { bearer });
      for (const { id } of json.items) {
        await site.server.call('DELETE', `${path}/${id}`, { bearer });
      }
      await heading(page, 'Sign in');
    });
  });

  test('is not live where the time that is chosen has an end', async () => {
    await site.asAdmin('/audit?until=2026-01-01T00:00:00.000Z', async (page) => {
      await page.getByText('The time that is chosen has an end.').waitFor();
      assert.equal(await button(page, 'Pause').count(), 0);
    });
  });

  test('keeps the newest few hundred of a flood, and says that there are more', async () => {
    await site.asAdmin('/audit', async (page) => {
      await live(page);
      const { repository } = site.server.sallyport;
      for (let count = 0; count < 320; count += 1) {
        const reason = 'unknown_user';
        await repository.recordRefusal({ name: 'session.sign_in_failed', reason });
      }
      await page.getByText(/only the newest 300 are shown/).waitFor();
      assert.equal(await rows(page).count(), 300);
      await button(page, 'Load the list anew').click();
      await waitUntil('it is one page again', async () => (await rows(page).count()) === 50);
    });
  });
});
