/** Access tokens in the console, from making one to deleting it; whether values work is asked over HTTP. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { alterDatabase, createAccessToken } from '../support/accounts.ts';
import { type ConsoleSite, heading, openConsoleSite } from '../support/console-site.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/waiting.ts';

const DAY_SECONDS = 24 * 60 * 60;

let site: ConsoleSite;
before(async () => {
  // The browser says how far away times are, by its own clock.
  site = await openConsoleSite({ clock: new FakeClock(Date.now()) });
});
after(() => site.close());

/** What a program is answered that shows this value. */
async function statusOf(value: string): Promise<number> {
  const answer = await site.server.call('GET', '/auth/access_tokens', { bearer: value });
  return answer.status;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });

/** The value that is shown this once, as the clipboard has it. */
async function takeValue(page: Page): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(page, 'Copy').click();
  await button(page, 'Copied').waitFor();
  const value = String(await page.evaluate('navigator.clipboard.readText()'));
  assert.match(value, /^vdai_/);
  await button(page, 'I have kept it').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await page.content()).includes(value), false, 'nothing of the value is left');
  return value;
}

async function rotate(page: Page, overlap: string): Promise<string> {
  await button(page, 'Rotate').click();
  const asking = dialog(page, 'Rotate the access token');
  const goAhead = asking.getByRole('button', { name: 'Rotate' });
  assert.equal(await goAhead.isDisabled(), true, 'the overlap is chosen');
  await asking.getByRole('radio', { name: overlap }).check();
  await goAhead.click();
  return takeValue(page);
}

describe('an access token', () => {
  test('is made, copied, rotated with an overlap that is ended early, and deleted', async () => {
    await site.asAdmin('/access-tokens', async (page) => {
      await button(page, 'Make an access token').first().click();
      const making = dialog(page, 'Make an access token');
      await making.getByLabel('Name').fill('nightly-import');
      const make = making.getByRole('button', { name: 'Make the token' });
      assert.equal(await make.isDisabled(), true, 'a permission is needed');
      await making.getByLabel('Admin').check();
      await make.click();
      const first = await takeValue(page);
      await heading(page, 'nightly-import');
      await page.getByText('in 90 days').waitFor();
      assert.equal(await statusOf(first), 200);

      const second = await rotate(page, '24 hours');
      await page.getByText(/It ends in 24 hours/).waitFor();
      assert.deepEqual([await statusOf(first), await statusOf(second)], [200, 200]);

      await button(page, 'End the overlap now').click();
      await button(page, 'End the overlap').click();
      await page.getByText('Only the new value of nightly-import works now.').waitFor();
      await page.getByText('Overlap: the old value works too').waitFor({ state: 'detached' });
      assert.deepEqual([await statusOf(first), await statusOf(second)], [401, 200]);

      await button(page, 'More').click();
      await page.getByRole('menuitem', { name: 'Delete the token' }).click();
      const goAhead = button(page, 'Delete for good');
      await page.getByLabel('Type nightly-import to go on').fill('nightly');
      assert.equal(await goAhead.isDisabled(), true);
      await page.getByLabel('Type nightly-import to go on').fill('nightly-import');
      await goAhead.click();
      await heading(page, 'Access tokens');
      await page.getByText('nightly-import is deleted.').waitFor();
      assert.equal(await statusOf(second), 401);
    });
  });

  test('is rotated without an overlap when its value has leaked', async () => {
    const { id, token } = await createAccessToken(site.server, 'admin');
    await site.asAdmin(`/access-tokens/${id}`, async (page) => {
      const next = await rotate(page, 'None');
      assert.deepEqual([await statusOf(token), await statusOf(next)], [401, 200]);
      assert.equal(await page.getByText('Overlap: the old value works too').count(), 0);
    });
  });

  test('shows during an overlap that something still sends the old value', async () => {
    const { id, token } = await createAccessToken(site.server, 'admin');
    await site.asAdmin(`/access-tokens/${id}`, async (page) => {
      await rotate(page, '7 days');
      await page.getByText('The old value was never used.').waitFor();
      assert.equal(await statusOf(token), 200);
      await site.server.sallyport.accessTokens.flushUses();
      await page.reload();
      await page.getByText(/something has not moved over yet/).waitFor();
    });
  });

  test('that shall never expire is asked for twice', async () => {
    await site.asAdmin('/access-tokens', async (page) => {
      await button(page, 'Make an access token').first().click();
      const making = dialog(page, 'Make an access token');
      await making.getByLabel('Name').fill('for ever');
      await making.getByLabel('Read').check();
      await making.getByRole('combobox', { name: 'Expires' }).click();
      await page.getByRole('option', { name: 'Never' }).click();
      const make = making.getByRole('button', { name: 'Make the token' });
      assert.equal(await make.isDisabled(), true);
      await making.getByLabel('It shall never expire').check();
      await make.click();
      await takeValue(page);
      await heading(page, 'for ever');
      await page.getByRole('definition').getByText('Never').first().waitFor();
    });
  });

  test('gets another name, and who had the old page open is told', async () => {
    const { id } = await createAccessToken(site.server, 'read', { name: 'before' });
    await site.asAdmin(`/access-tokens/${id}`, async (page) => {
      await button(page, 'More').click();
      await page.getByRole('menuitem', { name: 'Edit name and description' }).click();
      const editing = dialog(page, 'Edit name and description');
      await editing.getByLabel('Name').fill('mine');
      const bearer = await site.server.signInAdmin();
      const headers = { 'if-match': '*' };
      const path = `/management/access-tokens/${id}`;
      await site.server.call('PATCH', path, { bearer, headers, body: { name: 'theirs' } });
      await editing.getByRole('button', { name: 'Save' }).click();
      await page.getByText(/Somebody else changed this a moment ago/).waitFor();
      await page.getByRole('heading', { level: 1, name: 'theirs', includeHidden: true }).waitFor();
      await editing.getByRole('button', { name: 'Save' }).click();
      await heading(page, 'mine');
    });
  });

  test('that a restore has suspended gets a new value without an overlap', async () => {
    const { id, token } = await createAccessToken(site.server, 'admin');
    await alterDatabase(
      site.server,
      'update access_tokens set suspended_at_ms = ?, version = version + 1 where id = ?',
      site.server.clock.nowMs(),
      id,
    );
    await site.asAdmin(`/access-tokens/${id}`, async (page) => {
      await page.getByText('Suspended by a restore').waitFor();
      await button(page, 'Rotate').click();
      const asking = dialog(page, 'Rotate the access token');
      assert.equal(await asking.getByRole('radio').count(), 0);
      await asking.getByRole('button', { name: 'Rotate' }).click();
      const next = await takeValue(page);
      assert.deepEqual([await statusOf(token), await statusOf(next)], [401, 200]);
    });
  });

  test('that is not there is said to be gone', async () => {
    await site.asAdmin('/access-tokens/999999', (page) =>
      heading(page, 'There is no such access token'),
    );
  });
});

describe('the list of access tokens', () => {
  test('says what they are for while there is none', async (t) => {
    const empty = await openConsoleSite({ tabs: site.tabs });
    t.after(() => empty.close());
    await empty.asAdmin('/access-tokens', async (page) => {
      await page.getByText('There are no access tokens yet').waitFor();
      await page.getByText(/lets a program in without a person/).waitFor();
    });
  });

  test('is searched, narrowed and sorted, and the address keeps it', async () => {
    const soon = { name: 'lists-soon', will_expire: true, expires_in_seconds: 3 * DAY_SECONDS };
    const later = { name: 'lists-later', will_expire: true, expires_in_seconds: 30 * DAY_SECONDS };
    await createAccessToken(site.server, 'read', soon);
    await createAccessToken(site.server, 'read', later);
    await site.asAdmin('/access-tokens', async (page) => {
      const names = () => page.getByRole('row').getByRole('link').allInnerTexts();
      const shows = (wanted: string[]) =>
        waitUntil(`${wanted} are listed`, async () => String(await names()) === String(wanted));
      await page.getByRole('searchbox').fill('lists-');
      await shows(['lists-later', 'lists-soon']);
      await page.getByRole('button', { name: 'Name' }).click();
      await shows(['lists-soon', 'lists-later']);
      await page.getByRole('combobox', { name: 'State' }).click();
      await page.getByRole('option', { name: 'Expires within 7 days' }).click();
      await shows(['lists-soon']);
      await page.getByText('in 3 days').waitFor();
      assert.match(page.url(), /\?prefix=lists-&sort=-name&state=expiring$/);
      await page.reload();
      await shows(['lists-soon']);
    });
  });
});
