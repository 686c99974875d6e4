/** The first day with the console, in one go: from no admin to a session that is ended. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { signIn } from '../support/accounts.ts';
import { type ConsoleSite, heading, openConsoleSite, WIDE } from '../support/console-site.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';

const JOHN = { username: 'john.doe@example.com', password: 'securePassword123' };

let site: ConsoleSite;
before(async () => {
  // The browser says how far away times are, by its own clock.
  site = await openConsoleSite({ hasAdmin: false, clock: new FakeClock(Date.now()) });
});
after(() => site.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
const goTo = async (page: Page, name: string) => {
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await pages.getByRole('link', { name, exact: true }).click();
  await heading(page, name);
};

async function createAdmin(page: Page): Promise<void> {
  await heading(page, 'Create the admin');
  await page.getByLabel('Password', { exact: true }).fill(ADMIN_PASSWORD);
  await page.getByLabel('Password, again').fill(ADMIN_PASSWORD);
  await button(page, 'Create the admin and sign in').click();
  await heading(page, 'Overview');
}

async function addJohn(page: Page): Promise<void> {
  await button(page, 'Add a user').click();
  await page.getByLabel('Username', { exact: true }).fill(JOHN.username);
  await page.getByLabel('First password').fill(JOHN.password);
  await button(page, 'Add the user').click();
  await heading(page, JOHN.username);
}

/** Its value, as the clipboard has it. */
async function makeToken(page: Page): Promise<string> {
  await button(page, 'Make an access token').first().click();
  const making = dialog(page, 'Make an access token');
  await making.getByLabel('Name').fill('nightly-import');
  await making.getByLabel('Admin').check();
  await making.getByRole('button', { name: 'Make the token' }).click();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(page, 'Copy').click();
  await button(page, 'Copied').waitFor();
  const value = String(await page.evaluate('navigator.clipboard.readText()'));
  await button(page, 'I have kept it').click();
  await heading(page, 'nightly-import');
  return value;
}

async function endSession(page: Page): Promise<void> {
  await button(page, `End this session of ${JOHN.username}`).click();
  await button(page, 'End the session').click();
  await page.getByRole('heading', { name: 'Nobody is signed in' }).waitFor();
}

const statusOf = async (path: string, bearer: string) =>
  (await site.server.call('GET', path, { bearer })).status;

test('somebody who has never seen it gets from the first run to ending a session', async () => {
  await site.tabs.with(WIDE, async (page) => {
    await site.open(page);
    await createAdmin(page);
    await addJohn(page);
    await goTo(page, 'Access tokens');
    const value = await makeToken(page);
    assert.equal(await statusOf('/auth/access_tokens', value), 200);

    await goTo(page, 'Audit trail');
    await page.getByText('New events appear on top.').waitFor();
    const body = { username: JOHN.username, password: 'not the password' };
    assert.equal((await site.server.call('POST', '/api/auth/login', { body })).status, 401);
    await button(page, `Failed sign-in for ${JOHN.username}`).waitFor();
    const { token } = await signIn(site.server, JOHN);
    await button(page, `${JOHN.username} signed in`).waitFor();
    assert.equal(await statusOf('/api/auth/verify', token), 200);

    await goTo(page, 'Sessions');
    await endSession(page);
    assert.equal(await statusOf('/api/auth/verify', token), 401);
  });
});
