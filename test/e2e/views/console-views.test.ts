/** Every view of the console is for everybody: axe in light and dark, and fit for a small phone. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createAccessToken, createUser, signIn } from '../../support/accounts.ts';
import {
  type ConsoleSite,
  expectFaultlessLook,
  heading,
  openConsoleSite,
  SMALL,
  WIDE,
} from '../../support/console-site.ts';

/** 50 characters without a place to break, the longest that a name can be. */
const wideName = (view: string) => view.replaceAll(/\W/g, 'm').slice(0, 40).padEnd(50, 'W');

interface View {
  readonly name: string;
  readonly path: (made: { readonly id: number; readonly tokenId: number }) => string;
  /** From the page at the path to what is looked at. */
  readonly show?: (page: Page) => Promise<unknown>;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const more = async (page: Page, item: string) => {
  await button(page, 'More').click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').waitFor();
};

/** Every page, in every state that looks different. */
const VIEWS: readonly View[] = [
  { name: 'users', path: () => '/users' },
  { name: 'users, nobody fits', path: () => '/users?prefix=nobodyhasthisname' },
  {
    name: 'users, adding one that is refused',
    path: () => '/users',
    show: async (page) => {
      await button(page, 'Add a user').click();
      await page.getByLabel('Username', { exact: true }).fill('x');
      await button(page, 'Generate').click();
      await button(page, 'Add the user').click();
      await page.getByRole('alert').waitFor();
    },
  },
  { name: 'user', path: ({ id }) => `/users/${id}` },
  { name: 'user, there is none', path: () => '/users/999999' },
  {
    name: 'user, more',
    path: ({ id }) => `/users/${id}`,
    show: (page) => button(page, 'More').click(),
  },
  {
    name: 'user, deleting',
    path: ({ id }) => `/users/${id}`,
    show: (page) => more(page, 'Delete the user'),
  },
  {
    name: 'user, password made',
    path: ({ id }) => `/users/${id}`,
    show: async (page) => {
      await button(page, 'Set a new password').click();
      await button(page, 'Set the password').click();
      await button(page, 'I have kept it').waitFor();
    },
  },
  { name: 'sessions', path: () => '/sessions' },
  { name: 'sessions of one user', path: ({ id }) => `/sessions?user_id=${id}` },
  { name: 'console sessions', path: () => '/sessions?tab=console' },
  { name: 'access tokens', path: () => '/access-tokens' },
  { name: 'access tokens, none fits', path: () => '/access-tokens?prefix=nothinghasthisname' },
  {
    name: 'access tokens, making one that never expires',
    path: () => '/access-tokens',
    show: async (page) => {
      await button(page, 'Make an access token').click();
      const making = page.getByRole('dialog');
      await making.getByLabel('Name').fill('a name');
      await making.getByLabel('Admin').check();
      await making.getByRole('combobox', { name: 'Expires' }).click();
      await page.getByRole('option', { name: 'Never' }).click();
      await making.getByLabel('It shall never expire').waitFor();
    },
  },
  { name: 'access token in an overlap', path: ({ tokenId }) => `/access-tokens/${tokenId}` },
  { name: 'access token, there is none', path: () => '/access-tokens/999999' },
  {
    name: 'access token, its new value',
    path: ({ tokenId }) => `/access-tokens/${tokenId}`,
    show: async (page) => {
      await button(page, 'Rotate').click();
      const asking = page.getByRole('dialog');
      await asking.getByText('There is an overlap already').waitFor();
      await asking.getByLabel('24 hours').check();
      await asking.getByRole('button', { name: 'Rotate' }).click();
      await button(page, 'I have kept it').waitFor();
    },
  },
  {
    name: 'access token, rotating',
    path: ({ tokenId }) => `/access-tokens/${tokenId}`,
    show: async (page) => {
      await button(page, 'Rotate').click();
      await page.getByRole('dialog').getByText('There is an overlap already').waitFor();
    },
  },
  { name: 'audit trail', path: () => '/audit' },
  {
    name: 'audit trail, with every filter',
    path: ({ id }) => `/audit?subject=${id}&since=2026-01-01T00:00:00.000Z&actor_kind=user`,
  },
  { name: 'audit trail, nothing fits', path: () => '/audit?event=database.restored' },
  {
    name: 'audit trail, one event',
    path: () => '/audit?event=admin.signed_in',
    show: async (page) => {
      await page.getByRole('button', { name: 'The built-in admin signed in' }).first().click();
      await page.getByRole('dialog').getByText('Hash of the name').waitFor();
    },
  },
  {
    name: 'audit trail, a sign-in that fails meanwhile',
    path: () => '/audit?event=session.sign_in_failed',
    show: async (page) => {
      await page.getByText('New events appear on top.').waitFor();
      const body = { username: 'nobody-of-this-name', password: 'wrong password' };
      await site.server.call('POST', '/api/auth/login', { body });
      await page.locator('tr[class*=arrived]').first().waitFor();
    },
  },
  { name: 'my account', path: () => '/account' },
  { name: 'overview', path: () => '/overview' },
  {
    name: 'overview, a chart as a table',
    path: () => '/overview?period=day',
    show: (page) => page.getByText('As a table').first().click(),
  },
  { name: 'settings', path: () => '/settings' },
  { name: 'settings, none fits', path: () => '/settings?q=nothingiscalledso' },
  {
    name: 'settings, turning auth enforcement off',
    path: () => '/settings',
    show: async (page) => {
      await button(page, 'Turn off…').click();
      await page.getByRole('dialog').getByText('live session').waitFor();
    },
  },
  { name: 'import and export', path: () => '/users/import-export' },
  { name: 'no such page', path: () => '/nothing' },
];

/**
 * Both sizes and both schemes, without the time that all four pairs of them would take. What is on
 * the page in the one size stays there in the other.
 */
async function expectFaultless(page: Page): Promise<void> {
  const shown = () => page.locator('[role=dialog], [role=menu], [role=alert]').count();
  await expectFaultlessLook(page, 'dark');
  const before = await shown();
  await page.setViewportSize(WIDE.viewport);
  await expectFaultlessLook(page, 'light');
  assert.equal(await shown(), before);
}

let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

async function createTokenInOverlap(name: string): Promise<number> {
  const bearer = await site.server.signInAdmin();
  const expiring = { will_expire: true, expires_in_seconds: 3_600 };
  const { id } = await createAccessToken(site.server, 'read,write,admin', { name, ...expiring });
  const headers = { 'if-match': '*' };
  const body = { overlap_seconds: 600 };
  const path = `/management/access-tokens/${id}/rotation`;
  const answer = await site.server.call('POST', path, { bearer, headers, body });
  assert.equal(answer.status, 200, answer.text);
  return id;
}

describe('no fault in light or dark, and nothing beyond the edge:', () => {
  for (const { name, path, show } of VIEWS) {
    test(name, async () => {
      const user = await createUser(site.server, { username: wideName(name) });
      await signIn(site.server, user);
      const tokenId = await createTokenInOverlap(user.username);
      const look = async (page: Page) => {
        await show?.(page);
        await expectFaultless(page);
      };
      await site.asAdmin(path({ ...user, tokenId }), look, SMALL);
    });
  }

  test('sign-in with an error', async () => {
    await site.tabs.with(SMALL, async (page) => {
      await site.open(page);
      await heading(page, 'Sign in');
      await page.getByLabel('Password', { exact: true }).fill('a wrong password');
      await button(page, 'Sign in').click();
      await page.getByRole('alert').waitFor();
      await expectFaultless(page);
    });
  });
});

describe('no fault before there is an admin:', () => {
  for (const [name, settings] of [
    ['creating it', {}],
    ['naming the command', { LOCAL_ADMIN_CALLS: 'off' }],
  ] as const) {
    test(name, async (t) => {
      const first = await openConsoleSite({ hasAdmin: false, settings, tabs: site.tabs });
      t.after(() => first.close());
      await first.tabs.with(SMALL, async (page) => {
        await first.open(page);
        await expectFaultless(page);
      });
    });
  }
});
