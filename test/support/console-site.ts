/**
 * The console of this checkout on a server of its own, in tabs of a real browser, and what every
 * view of it is held to.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { buildConsole } from '../../runtime/console-build.mjs';
import { consoleStamp, isConsoleBuilt } from '../../runtime/console-stamp.mjs';
import { BrowserTabs, COLOUR_RULES, findAxeFaults } from './browser-tabs.ts';
import { ADMIN_PASSWORD } from './test-config.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROOMY = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };

/** Small as phones are now; without transitions, which would be measured half-way. */
export const SMALL = { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' } as const;
export const WIDE = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const;

export interface ConsoleSite {
  readonly server: TestServer;
  readonly tabs: BrowserTabs;
  /** Opens an address below `/console`. */
  open(page: Page, path?: string): Promise<void>;
  /** A tab in which the built-in admin is signed in and sees that address. */
  asAdmin(path: string, work: SiteWork, options?: BrowserContextOptions): Promise<void>;
  close(): Promise<void>;
}

type SiteWork = (page: Page, context: BrowserContext) => Promise<void>;

export interface ConsoleSiteOptions extends TestServerOptions {
  /** True unless it is said otherwise. */
  readonly hasAdmin?: boolean;
  /** Those of another site, whose browser is then used and left open. */
  readonly tabs?: BrowserTabs;
}

export async function openConsoleSite(options: ConsoleSiteOptions = {}): Promise<ConsoleSite> {
  await requireBuilt();
  const { hasAdmin = true, settings, tabs: lent, ...others } = options;
  const server = await startTestServer({ ...others, settings: { ...ROOMY, ...settings } });
  if (hasAdmin) await server.sallyport.admin.create(ADMIN_PASSWORD);
  // That nobody is signed in yet is the first answer of every visit.
  const tabs = lent ?? (await BrowserTabs.launch(/the server responded with a status of 4\d\d/));
  const open = async (page: Page, path = '') => {
    await page.goto(`${server.url}/console${path}`);
  };
  return {
    server,
    tabs,
    open,
    asAdmin: (path, work, tabOptions = WIDE) =>
      tabs.with(tabOptions, async (page, context) => {
        await bringSession(server, context);
        await open(page, path);
        await work(page, context);
      }),
    close: async () => {
      if (lent === undefined) await tabs.close();
      await server.close();
    },
  };
}

/** What signing in would bring, in a fraction of the time that the form takes. */
async function bringSession(server: TestServer, context: BrowserContext): Promise<void> {
  const { status, headers, text } = await server.call('POST', '/management/console/session', {
    headers: { origin: server.url },
    body: { password: ADMIN_PASSWORD },
  });
  assert.equal(status, 200, text);
  const [, name = '', value = ''] = /^(\w+)=([^;]*);/.exec(String(headers['set-cookie'])) ?? [];
  const { hostname } = new URL(server.url);
  const cookie = { name, value, domain: hostname, path: '/' };
  await context.addCookies([{ ...cookie, httpOnly: true, sameSite: 'Strict' }]);
}

/** `npm test` builds it; a single test that is started by itself may be the first to need it. */
async function requireBuilt(): Promise<void> {
  const stamp = consoleStamp(ROOT);
  assert.ok(stamp);
  if (isConsoleBuilt(ROOT, stamp)) return;
  assert.ok(await buildConsole(ROOT, stamp), 'the console can be built');
}

export async function signInAsAdmin(page: Page, password = ADMIN_PASSWORD): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' });
}

export async function signInAsUser(
  page: Page,
  { username, password }: { username: string; password: string },
): Promise<void> {
  await page.getByText('User', { exact: true }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name }).waitFor();

/** Nothing that axe finds in light or dark, nothing beyond the right edge, a name of its own. */
export async function expectFaultlessView(page: Page): Promise<void> {
  await expectFaultlessLook(page, 'light');
  await showScheme(page, 'dark');
  assert.deepEqual(await findAxeFaults(page, COLOUR_RULES), [], 'dark');
}

/** How long a page may take to be as wide as its window. */
const SETTLED = { timeout: 5_000 };

/** The same in one of the schemes. */
export async function expectFaultlessLook(page: Page, colorScheme: ColorScheme): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[role=status][aria-label=Loading]').first().waitFor({ state: 'detached' });
  assert.match(await page.title(), / – Sallyport$/);
  const { width = 0 } = page.viewportSize() ?? {};
  // What has just been made narrower may still be on its way.
  const widthNow = async () => page.evaluate('document.documentElement.scrollWidth');
  await page
    .waitForFunction('document.documentElement.scrollWidth === innerWidth', null, SETTLED)
    .catch(() => undefined);
  assert.equal(await widthNow(), width);
  await showScheme(page, colorScheme);
  assert.deepEqual(await findAxeFaults(page), [], colorScheme);
}

type ColorScheme = 'light' | 'dark';

async function showScheme(page: Page, colorScheme: ColorScheme): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
  // Colours half-way from one scheme to the other have no contrast.
  await page.evaluate(`Promise.allSettled(document.getAnimations()
    .filter((animation) => animation instanceof CSSTransition).map(({ finished }) => finished))`);
}
