/** What operators do with users and sessions in the console, against the real server. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createUser, freshName, signIn } from '../support/accounts.ts';
import {
  type ConsoleSite,
  heading,
  openConsoleSite,
  signInAsUser,
  WIDE,
} from '../support/console-site.ts';

let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const dialog = (page: Page) => page.getByRole('dialog');
/** The rows of the table, without its head. */
const rows = (page: Page) => page.locator('tbody tr');
const names = async (page: Page) => page.locator('tbody tr td:first-child').allInnerTexts();

async function choose(page: Page, item: string): Promise<void> {
  await button(page, 'More').click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function confirm(page: Page, name: string): Promise<void> {
  await dialog(page).getByRole('button', { name, exact: true }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

const getUser = async (id: number) => {
  const bearer = await site.server.signInAdmin();
  return site.server.call('GET', `/management/users/${id}`, { bearer });
};

const isLive = async (bearer: string) =>
  (await site.server.call('GET', '/api/auth/verify', { bearer })).json.valid === true;

describe('the list of users', () => {
  test('is searched by the beginning of a name, and the search is in the address', async () => {
    const { username } = await createUser(site.server, { username: 'Zoe.Searched@example.com' });
    await site.asAdmin('/users', async (page) => {
      await page.getByRole('searchbox').fill('zoe.s');
      await page.waitForURL(/\?prefix=zoe\.s$/);
      await page.getByRole('link', { name: username }).waitFor();
      assert.deepEqual(await names(page), [username]);
      await page.reload();
      assert.equal(await page.getByRole('searchbox').inputValue(), 'zoe.s');
      await page.getByRole('link', { name: username }).click();
      await heading(page, username);
      await page.goBack();
      await button(page, 'Clear the search').click();
      await page.waitForURL(/\/users$/);
    });
  });

  test('is sorted both ways by its heads', async () => {
    await createUser(site.server, { username: '000-first' });
    await createUser(site.server, { username: 'zzz-last' });
    await site.asAdmin('/users', async (page) => {
      const head = page.getByRole('columnheader', { name: 'Username' });
      for (const [order, first] of [
        ['ascending', '000-first'],
        ['descending', 'zzz-last'],
      ]) {
        await head.getByRole('button').click();
        await page.locator(`th[aria-sort=${order}]`).waitFor();
        await rows(page)
          .first()
          .getByText(first ?? '')
          .waitFor();
      }
      assert.match(page.url(), /\?sort=-username$/);
    });
  });

  test('has more than a page, without one twice or left out', async () => {
    const prefix = 'paged-';
    const made = Array.from({ length: 60 }, (_, index) => `${prefix}${100 + index}`);
    for (const username of made) await createUser(site.server, { username });
    await site.asAdmin(`/users?prefix=${prefix}`, async (page) => {
      await button(page, 'Show more').click();
      await rows(page).nth(59).waitFor();
      assert.deepEqual(await names(page), made);
      assert.equal(await button(page, 'Show more').count(), 0);
    });
  });

  test('says what to do when nobody fits', async () => {
    await site.asAdmin('/users?prefix=nobodyhasthisname&role=ADMIN', async (page) => {
      await page.getByRole('heading', { name: 'Nobody fits' }).waitFor();
      await button(page, 'Show all users').click();
      await rows(page).first().waitFor();
      assert.match(page.url(), /\/users$/);
    });
  });

  test('fits where there is little room: names stay whole, and what matters less goes', async () => {
    const { username } = await createUser(site.server, { username: 'amara.okafor@example.com' });
    await site.asAdmin('/users?prefix=amara', async (page) => {
      const name = page.getByRole('link', { name: username });
      await name.waitFor();
      // The last one shows cards, which have room for all.
      for (const [width, columns] of [
        [1280, 6],
        [1000, 4],
        [700, 6],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        const cells = rows(page).first().locator('td').filter({ visible: true });
        assert.equal(await cells.count(), columns, `columns at ${width}`);
        assert.ok(((await name.boundingBox())?.height ?? 99) < 30, `one line at ${width}`);
        const beyond = await page.evaluate(`(() => {
          const frame = document.querySelector('table').parentElement;
          return frame.scrollWidth - frame.clientWidth;
        })()`);
        assert.equal(beyond, 0, `nothing is cut off at ${width}`);
      }
      await page.setViewportSize(WIDE.viewport);
    });
  });

  test('shows why it cannot be shown, and tries again', async () => {
    await site.asAdmin('/users', async (page) => {
      const detail = 'The database is on holiday.';
      await page.route('**/management/users?**', (route) =>
        route.fulfill({ status: 400, json: { detail, code: 'listing_rejected' } }),
      );
      await page.getByRole('searchbox').fill('anything');
      await page.getByText(detail).waitFor();
      await page.unroute('**/management/users?**');
      await button(page, 'Try again').click();
      await page.getByRole('heading', { name: 'Nobody fits' }).waitFor();
    });
  });
});

describe('a user', () => {
  test('is added with a made password, and can sign in with it', async () => {
    const username = freshName();
    await site.asAdmin('/users', async (page) => {
      await button(page, 'Add a user').click();
      await page.getByLabel('Username', { exact: true }).fill(username);
      await button(page, 'Generate').click();
      const password = await page.getByLabel('First password').inputValue();
      assert.match(password, /^[A-Za-z2-9]{24}$/);
      await button(page, 'Add the user').click();
      await heading(page, username);
      await signIn(site.server, { username, password });
    });
  });

  test('is not added under a name that is taken, and the form stays', async () => {
    const { username, password } = await createUser(site.server);
    await site.asAdmin('/users', async (page) => {
      await button(page, 'Add a user').click();
      await page.getByLabel('Username', { exact: true }).fill(username.toUpperCase());
      await page.getByLabel('First password').fill(password);
      await button(page, 'Add the user').click();
      assert.match(await page.getByRole('alert').innerText(), /username is taken/);
      assert.equal(await page.getByLabel('First password').inputValue(), password);
    });
  });

  test('is disabled, which ends the sessions, and enabled again', async () => {
    const user = await createUser(site.server);
    const { token } = await signIn(site.server, user);
    await site.asAdmin(`/users/${user.id}`, async (page) => {
      await choose(page, 'Disable the account');
      await confirm(page, 'Disable');
      await page.getByText('One session was ended.').waitFor();
      await page.getByText('Disabled', { exact: true }).waitFor();
      assert.equal(await isLive(token), false);
      await choose(page, 'Enable the account');
      await confirm(page, 'Enable');
      await page.getByText('Enabled', { exact: true }).waitFor();
      await signIn(site.server, user);
    });
  });

  test('becomes an admin and a standard user again', async () => {
    const { id } = await createUser(site.server);
    await createUser(site.server, { role: 'ADMIN' });
    await site.asAdmin(`/users/${id}`, async (page) => {
      await choose(page, 'Make an admin');
      await confirm(page, 'Make an admin');
      assert.equal((await getUser(id)).json.role, 'ADMIN');
      await choose(page, 'Take the role ADMIN away');
      await confirm(page, 'Make it a standard user');
      assert.equal((await getUser(id)).json.role, 'STANDARD');
    });
  });

  test('that was changed by somebody else meanwhile is shown anew, to decide again', async () => {
    const { id } = await createUser(site.server);
    const bearer = await site.server.signInAdmin();
    await site.asAdmin(`/users/${id}`, async (page) => {
      await choose(page, 'Disable the account');
      await site.server.call('PATCH', `/management/users/${id}`, {
        bearer,
        headers: { 'if-match': '*' },
        body: { role: 'ADMIN' },
      });
      await dialog(page).getByRole('button', { name: 'Disable' }).click();
      await dialog(page).getByText('Somebody else changed this').waitFor();
      assert.equal((await getUser(id)).json.enabled, true);
      await page.locator('dd', { hasText: 'Admin' }).waitFor({ state: 'attached' });
      await confirm(page, 'Disable');
      assert.equal((await getUser(id)).json.enabled, false);
    });
  });

  test('gets a password that the server makes and shows this once, or one that is typed', async () => {
    const user = await createUser(site.server);
    const { token } = await signIn(site.server, user);
    await site.asAdmin(`/users/${user.id}`, async (page) => {
      await button(page, 'Set a new password').click();
      await button(page, 'Set the password').click();
      await page.getByText('The password is set. One session was ended.').waitFor();
      const password = await dialog(page).getByLabel('Password').inputValue();
      assert.ok(password.length >= 20);
      await page.keyboard.press('Escape');
      await button(page, 'I have kept it').click();
      await dialog(page).waitFor({ state: 'detached' });
      assert.equal(await page.getByText(password).count(), 0);
      assert.equal(await isLive(token), false);
      await signIn(site.server, { ...user, password });
      await button(page, 'Set a new password').click();
      await page.getByText('Type one', { exact: true }).click();
      await page.getByLabel('New password').fill('another good one');
      await confirm(page, 'Set the password');
      await signIn(site.server, { ...user, password: 'another good one' });
    });
  });

  test('is deleted only after the name was typed, and is then gone', async () => {
    const { id, username } = await createUser(site.server);
    await site.asAdmin(`/users/${id}`, async (page) => {
      await choose(page, 'Delete the user');
      const word = page.getByLabel(`Type ${username} to go on`);
      await word.fill(username.slice(1));
      const isOff = await dialog(page)
        .getByRole('button', { name: 'Delete for good' })
        .isDisabled();
      assert.equal(isOff, true);
      await word.fill(username);
      await confirm(page, 'Delete for good');
      await heading(page, 'Users');
      assert.equal((await getUser(id)).status, 404);
      await site.open(page, `/users/${id}`);
      await heading(page, 'There is no such user');
    });
  });

  test('is signed out everywhere, or on one device', async () => {
    const user = await createUser(site.server);
    const sessions = [await signIn(site.server, user), await signIn(site.server, user)];
    await site.asAdmin(`/users/${user.id}`, async (page) => {
      await button(page, `End this session of ${user.username}`).first().click();
      await confirm(page, 'End the session');
      const table = page.getByRole('table', { name: 'Live sessions' });
      await table.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
      const live = await Promise.all(sessions.map(({ token }) => isLive(token)));
      assert.deepEqual(live.sort(), [false, true]);
      await choose(page, 'End all sessions');
      await confirm(page, 'End all sessions');
      await page.getByText('One session was ended.').waitFor();
      await page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    });
  });
});

describe('sessions', () => {
  test('are shown of one user who is found by name, and all of them ended', async () => {
    const user = await createUser(site.server);
    const { token } = await signIn(site.server, user);
    await signIn(site.server, await createUser(site.server));
    await site.asAdmin('/sessions', async (page) => {
      await rows(page).nth(1).waitFor();
      await page.getByRole('combobox', { name: 'Of which user' }).fill(user.username);
      await page.getByRole('option', { name: user.username }).click();
      await page.waitForURL(new RegExp(`user_id=${user.id}$`));
      await rows(page).nth(1).waitFor({ state: 'detached' });
      assert.deepEqual(await names(page), [user.username]);
      await button(page, 'End all of this user').click();
      await confirm(page, 'End all sessions');
      await page.getByRole('heading', { name: 'This user is not signed in' }).waitFor();
      assert.equal(await isLive(token), false);
    });
  });

  test('of the console are ended, and the own one signs out', async () => {
    await site.asAdmin('/sessions?tab=console', async (page) => {
      await page.getByText('This one').waitFor();
      const own = rows(page).filter({ hasText: 'This one' });
      await own.getByRole('button').click();
      await confirm(page, 'Sign out here');
      await heading(page, 'Sign in');
    });
  });
});

describe('one’s own account', () => {
  const NEW_PASSWORD = 'correct horse battery';

  test('changes its password and stays signed in here, and nowhere else', async () => {
    const user = await createUser(site.server, { role: 'ADMIN' });
    const { token } = await signIn(site.server, user);
    await site.tabs.with(WIDE, async (page) => {
      await site.open(page, '/account');
      await signInAsUser(page, user);
      await heading(page, 'My account');
      const change = async (current: string) => {
        await page.getByLabel('Current password', { exact: true }).fill(current);
        await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
        await page.getByLabel('New password, again', { exact: true }).fill(NEW_PASSWORD);
        await button(page, 'Change the password').click();
      };
      await change('a wrong password');
      await page.getByText('That is not your current password.').waitFor();
      await change(user.password);
      await page.getByText('Your password is changed.').waitFor();
      await page.reload();
      await heading(page, 'My account');
      assert.equal(await isLive(token), false);
      await signIn(site.server, { ...user, password: NEW_PASSWORD });
    });
  });

  test('of the built-in admin is changed with a command, which it names', async () => {
    await site.asAdmin('/users', async (page) => {
      await button(page, 'Built-in admin').click();
      await page.getByRole('menuitem', { name: 'My account' }).click();
      const command = page.getByLabel('Command');
      assert.equal(await command.inputValue(), 'npx sallyport admin reset-password');
    });
  });
});
