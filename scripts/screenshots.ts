/** Takes the pictures of docs/guides/images again: `npm run screenshots`. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createUser, USER_PASSWORD } from '../test/support/accounts.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { FakeClock } from '../test/support/fake-clock.ts';
import { startProviderServer } from '../test/support/provider-sign-in.ts';
import type { TestServer } from '../test/support/test-server.ts';
import { pictureConsole } from './screenshots/console-tour.ts';

const FOLDER = join(import.meta.dirname, '../docs/guides/images');
const DESKTOP = { width: 1000, height: 720 };
const PHONE = { width: 390, height: 760 };
const USERNAME = 'maria.keller@example.com';
const OTHER_CLIENTS = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
    'Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
];

mkdirSync(FOLDER, { recursive: true });
await pictureConsole(FOLDER);
// With providers, and at the same moment each time, so that the pictures differ by what changed.
const server = await startProviderServer({ clock: new FakeClock() });
const browser = await launchChromium();
try {
  await createUser(server, { username: USERNAME });
  for (const userAgent of OTHER_CLIENTS) await signInElsewhere(server, userAgent);
  await pictureLogin(browser, 'login-light', 'light', DESKTOP);
  await pictureLogin(browser, 'login-dark', 'dark', DESKTOP);
  await pictureLogin(browser, 'login-phone', 'light', PHONE);
  await pictureAccount(browser, 'light', DESKTOP);
  await pictureAccount(browser, 'dark', PHONE);
} finally {
  await browser.close();
  await server.close();
}

type Scheme = 'light' | 'dark';

async function signInElsewhere({ call, clock }: TestServer, userAgent: string): Promise<void> {
  await call('POST', '/auth/login', {
    headers: { 'user-agent': userAgent },
    body: { username: USERNAME, password: USER_PASSWORD },
  });
  clock.advanceSeconds(5 * 3600);
}

async function openPage(
  from: Browser,
  colorScheme: Scheme,
  viewport: typeof DESKTOP,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await from.newContext({ colorScheme, viewport, deviceScaleFactor: 2 });
  return { context, page: await context.newPage() };
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.goto(`${server.url}/auth/login`);
  await page.getByLabel('Username').fill(USERNAME);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function pictureLogin(
  from: Browser,
  name: string,
  scheme: Scheme,
  viewport: typeof DESKTOP,
): Promise<void> {
  const { context, page } = await openPage(from, scheme, viewport);
  if (viewport === PHONE) await signIn(page, 'a wrong password');
  else await page.goto(`${server.url}/auth/login`);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  await context.close();
}

async function pictureAccount(
  from: Browser,
  scheme: Scheme,
  viewport: typeof DESKTOP,
): Promise<void> {
  const { context, page } = await openPage(from, scheme, viewport);
  await signIn(page, USER_PASSWORD);
  const size = viewport === PHONE ? 'phone-' : '';
  await page.screenshot({ path: join(FOLDER, `account-${size}${scheme}.png`), fullPage: true });
  await page.getByRole('link', { name: 'Change password', exact: true }).click();
  await page.screenshot({ path: join(FOLDER, `password-${size}${scheme}.png`), fullPage: true });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await context.close();
}
