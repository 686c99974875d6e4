/** Every view of the console is for everybody: axe in light and dark, and fit for a small phone. */

import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createUser, signIn } from '../support/accounts.ts';
import {
  type ConsoleSite,
  expectFaultlessView,
  heading,
  openConsoleSite,
  SMALL,
  WIDE,
} from '../support/console-site.ts';

/** 50 characters without a place to break, the longest that a name can be. */
const wideName = (view: string) => view.replaceAll(/\W/g, 'm').slice(0, 40).padEnd(50, 'W');

interface View {
  readonly name: string;
  readonly path: (user: { id: number }) => string;
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
  { name: 'my account', path: () => '/account' },
  { name: 'no such page', path: () => '/nothing' },
];

/** Both schemes and both sizes, without the time that all four pairs of them would take. */
const LOOKS = [
  { size: SMALL, scheme: 'dark' },
  { size: WIDE, scheme: 'light' },
] as const;

let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

describe('no fault in light or dark, and nothing beyond the edge:', () => {
  for (const { name, path, show } of VIEWS) {
    test(name, async () => {
      const user = await createUser(site.server, { username: wideName(name) });
      await signIn(site.server, user);
      for (const { size, scheme } of LOOKS) {
        const look = async (page: Page) => {
          await show?.(page);
          await expectFaultlessView(page, scheme);
        };
        await site.asAdmin(path(user), look, size);
      }
    });
  }

  test('sign-in with an error', async () => {
    for (const { size, scheme } of LOOKS) {
      await site.tabs.with(size, async (page) => {
        await site.open(page);
        await heading(page, 'Sign in');
        await page.getByLabel('Password', { exact: true }).fill('a wrong password');
        await button(page, 'Sign in').click();
        await page.getByRole('alert').waitFor();
        await expectFaultlessView(page, scheme);
      });
    }
  });
});

describe('no fault before there is an admin:', () => {
  for (const [name, settings] of [
    ['creating it', {}],
    ['naming the command', { LOCAL_ADMIN_CALLS: 'off' }],
  ] as const) {
    test(name, async (t) => {
      const first = await openConsoleSite({ hasAdmin: false, settings });
      t.after(() => first.close());
      for (const { size, scheme } of LOOKS) {
        await first.tabs.with(size, async (page) => {
          await first.open(page);
          await expectFaultlessView(page, scheme);
        });
      }
    });
  }
});
