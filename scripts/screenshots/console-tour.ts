/** The pictures of the tour of the console (docs/guides/console.md). */

import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import {
  type ConsoleSite,
  heading,
  openConsoleSite,
  signInAsAdmin,
} from '../../test/support/console-site.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { OpenIdProvider } from '../../test/support/openid-provider.ts';
import { settingsOf } from '../../test/support/provider-sign-in.ts';
import { ADMIN_PASSWORD } from '../../test/support/test-config.ts';
import {
  BEHIND_PROXY,
  FAILING,
  failSignIn,
  liveThroughWeeks,
  OPERATOR,
  ROTATED_TOKEN,
  SHOWN_USERNAME,
} from './believable-data.ts';

const WIDE = { width: 1280, height: 800 };
/** As far as the first charts: how long requests take says something about this machine only. */
const NUMBERS = { width: 1280, height: 730 };
/** The whole report of an import. */
const TALL = { width: 1280, height: 1010 };
const PHONE = { width: 390, height: 844 };
const LIMITS = { LOGIN_FAILURES_PER_MINUTE: '10', ACCOUNT_FAILURES_PER_MINUTE: '5' };

interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly size?: typeof WIDE;
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

class Photographer {
  readonly #site: ConsoleSite;
  readonly #folder: string;
  readonly #headers: Record<string, string>;
  /** Of the one session that all pictures are of. */
  #cookies: Cookies = [];

  constructor(site: ConsoleSite, folder: string, headers: Record<string, string> = {}) {
    this.#site = site;
    this.#folder = folder;
    this.#headers = headers;
  }

  /** The page at the path, after what is done on it. */
  async take(
    name: string,
    path: string,
    prepare: (page: Page) => Promise<unknown>,
    { scheme = 'light', size = WIDE }: Look = {},
  ): Promise<void> {
    const { server, tabs, open } = this.#site;
    const context = await tabs.newContext({
      colorScheme: scheme,
      viewport: size,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      userAgent: OPERATOR.userAgent,
      extraHTTPHeaders: this.#headers,
    });
    // The same moment for both, so that the pictures differ by what changed.
    await context.clock.setFixedTime(server.clock.nowMs());
    await context.addCookies(this.#cookies);
    const page = await context.newPage();
    await open(page, path);
    await prepare(page);
    await page.locator('[role=status][aria-label=Loading]').first().waitFor({ state: 'detached' });
    await page.evaluate('document.fonts.ready');
    await page.screenshot({
      path: join(this.#folder, `console-${name}.png`),
      animations: 'disabled',
    });
    this.#cookies = await context.cookies();
    await context.close();
  }
}

export async function pictureConsole(folder: string): Promise<void> {
  const clock = new FakeClock(Date.UTC(2026, 8, 27, 22, 19));
  const first = await openConsoleSite({ hasAdmin: false, clock });
  try {
    await pictureFirstRun(new Photographer(first, folder));
  } finally {
    await first.close();
  }
  const google = await OpenIdProvider.start('google');
  const acme = await OpenIdProvider.start('acme');
  const settings = { ...settingsOf(google, acme), ...BEHIND_PROXY, ...LIMITS };
  const site = await openConsoleSite({ clock, settings });
  try {
    await liveThroughWeeks(site.server);
    const headers = { 'x-forwarded-for': OPERATOR.address };
    await picturePages(site, new Photographer(site, folder, headers));
  } finally {
    await site.close();
    await Promise.all([google.close(), acme.close()]);
  }
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const rows = (page: Page) => page.locator('tbody tr').first().waitFor();

async function pictureFirstRun(photographer: Photographer): Promise<void> {
  await photographer.take('first-run', '', async (page) => {
    await heading(page, 'Create the admin');
    await page.getByLabel('Password', { exact: true }).fill('correct horse');
  });
}

async function picturePages(site: ConsoleSite, photographer: Photographer): Promise<void> {
  const take: Photographer['take'] = (...given) => photographer.take(...given);
  await take('sign-in', '', (page) => heading(page, 'Sign in'), { scheme: 'dark' });
  // Its session is that of all further pictures.
  await take(
    'overview-light',
    '',
    async (page) => {
      await signInAsAdmin(page, ADMIN_PASSWORD);
      await charts(page);
    },
    { size: NUMBERS },
  );
  await take('overview-dark', '/overview?period=day', charts, { scheme: 'dark', size: NUMBERS });
  await pictureUsers(take);
  await take('sessions', '/sessions', rows);
  await take('sessions-phone', '/sessions', rows, { scheme: 'dark', size: PHONE });
  await pictureTokens(take);
  await pictureAudit(site, take);
  await pictureSettings(take);
}

const charts = (page: Page) => page.locator('canvas').nth(3).waitFor();

async function pictureUsers(take: Photographer['take']): Promise<void> {
  await take('users-light', '/users?sort=-last_sign_in_at', rows);
  await take('users-phone', '/users', rows, { size: PHONE });
  await take('add-user', '/users', async (page) => {
    await button(page, 'Add a user').click();
    await page.getByLabel('Username', { exact: true }).fill('hannah.berg@example.com');
    await page.getByLabel('First password').fill('a long first password');
  });
  await take('user', `/users?prefix=${SHOWN_USERNAME}`, async (page) => {
    await page.getByRole('link', { name: SHOWN_USERNAME }).click();
    await page.getByRole('table').nth(1).waitFor();
  });
  await take(
    'import',
    '/users/import-export',
    async (page) => {
      await page.getByText('Pasted text', { exact: true }).click();
      await page.getByRole('textbox', { name: 'Lines' }).fill(IMPORTED);
      await button(page, 'Check first').click();
      await page.getByText('would be added,').waitFor();
    },
    { size: TALL },
  );
}

/** The bcrypt hash of many manuals. */
const HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const IMPORTED = [
  'username,password_hash,role',
  `hannah.berg@example.com,${HASH},STANDARD`,
  `omar.farouk@example.com,${HASH},STANDARD`,
  'yuki.sato@example.com,secret,STANDARD',
  `john.doe@example.com,${HASH},STANDARD`,
  `elena.petrova@example.com,${HASH},ADMIN`,
].join('\n');

async function pictureTokens(take: Photographer['take']): Promise<void> {
  await take('access-tokens', '/access-tokens', rows);
  await take('access-tokens-phone', '/access-tokens', rows, { size: PHONE });
  const open = async (page: Page) => {
    await page.getByRole('link', { name: ROTATED_TOKEN }).click();
    await heading(page, ROTATED_TOKEN);
    await rows(page);
  };
  const rotate = async (page: Page) => {
    await open(page);
    await button(page, 'Rotate').click();
    await page.getByRole('radio', { name: '24 hours' }).check();
  };
  await take('access-token-overlap', '/access-tokens', open);
  await take('access-token-rotate', '/access-tokens', rotate, { scheme: 'dark' });
  await take('access-token-once', '/access-tokens', async (page) => {
    await button(page, 'Make an access token').click();
    const making = page.getByRole('dialog');
    await making.getByLabel('Name').fill('newsletter');
    await making.getByLabel('Read').check();
    await making.getByRole('button', { name: 'Make the token' }).click();
    await button(page, 'I have kept it').waitFor();
  });
}

async function pictureAudit(site: ConsoleSite, take: Photographer['take']): Promise<void> {
  const liveOne = async (page: Page) => {
    await page.getByText('New events appear on top.').waitFor();
    await rows(page);
    site.server.clock.advanceSeconds(7);
    await failSignIn(site.server, FAILING);
    await page.locator('tr[class*=loud]').first().waitFor();
  };
  await take('audit-live', '/audit', liveOne);
  await take('audit-live-phone', '/audit', liveOne, { scheme: 'dark', size: PHONE });
  await take('audit-event', '/audit?event=session.sign_in_failed', async (page) => {
    await page
      .getByRole('button', { name: `Failed sign-in for ${FAILING.username}` })
      .first()
      .click();
    await page.getByRole('dialog').getByText('Hash of the name').waitFor();
  });
}

async function pictureSettings(take: Photographer['take']): Promise<void> {
  await take('settings', '/settings', async (page) => {
    await rows(page);
    await button(page, 'Test now').first().click();
    await page.getByText('Reachable', { exact: true }).waitFor();
  });
  await take(
    'auth-switch',
    '/settings',
    async (page) => {
      await button(page, 'Turn off…').click();
      await page.getByRole('dialog').getByText('good access token').waitFor();
    },
    { scheme: 'dark' },
  );
}
