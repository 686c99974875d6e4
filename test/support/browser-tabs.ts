/** Tabs of one real Chromium for the tests of pages, and what every page is held to. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The narrowest phone; without transitions, which would be measured half-way. */
export const PHONE = { viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' } as const;

interface AxeResults {
  readonly violations: { id: string; nodes: { html: string }[] }[];
  readonly passes: unknown[];
}

type TabWork = (page: Page, context: BrowserContext) => Promise<void>;

interface Profile {
  readonly context: BrowserContext;
  readonly page: Page;
}

export class BrowserTabs {
  readonly browser: Browser;
  readonly #toleratedStatus: RegExp;
  /** By their options, ready for the next test. */
  readonly #idle = new Map<string, Profile[]>();

  private constructor(browser: Browser, toleratedStatus: RegExp) {
    this.browser = browser;
    this.#toleratedStatus = toleratedStatus;
  }

  /** @param toleratedStatus what the browser may complain of: answers that belong to the tests */
  static async launch(toleratedStatus: RegExp): Promise<BrowserTabs> {
    return new BrowserTabs(await launchChromium(), toleratedStatus);
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /**
   * A profile without cookies and one tab; what the browser complained of fails the test. Profiles
   * are emptied and used again, because a new one costs as much as what most tests do with it.
   */
  async with(options: BrowserContextOptions, work: TabWork): Promise<void> {
    const key = JSON.stringify(options);
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    const profile = idle.pop() ?? (await this.#newProfile(options));
    const { context, page } = profile;
    const complaints: string[] = [];
    page.on('console', (message) => {
      const isTolerated = this.#toleratedStatus.test(message.text());
      if (message.type() === 'error' && !isTolerated) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    try {
      await work(page, context);
    } catch (error) {
      await context.close();
      throw error;
    }
    await empty(profile, options);
    idle.push(profile);
    assert.deepEqual(complaints, []);
  }

  async #newProfile(options: BrowserContextOptions): Promise<Profile> {
    const context = await this.browser.newContext(options);
    return { context, page: await context.newPage() };
  }
}

async function empty({ context, page }: Profile, options: BrowserContextOptions): Promise<void> {
  for (const further of context.pages()) if (further !== page) await further.close();
  await page.goto('about:blank');
  page.removeAllListeners();
  await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' });
  await context.clearCookies();
}

/** On a page that is shown on the narrowest phone. */
export async function expectNoFaults(page: Page): Promise<void> {
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
  const unfit = await page.evaluate(`[...document.querySelectorAll('button, a.button')]
    .map((button) => button.getBoundingClientRect())
    .filter(({ height, right }) => height < 44 || right > 320).length`);
  assert.equal(unfit, 0, 'every button is within reach and large enough');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await findAxeFaults(page), [], colorScheme);
  }
}

/** The rules that axe finds broken, each with the first element that breaks it. */
export async function findAxeFaults(page: Page): Promise<unknown[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run()')) as AxeResults;
  assert.ok(found.passes.length > 10);
  return found.violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
}

/** Presses Tab until what has the focus, or its label, is called so; the focus must be seen. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: unknown[] = [];
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(`(() => {
      const { activeElement } = document;
      const outline = getComputedStyle(activeElement).outlineStyle;
      const label = activeElement.labels?.[0] ?? activeElement;
      return label.textContent.trim() + (outline === 'none' ? ' (focus unseen)' : '');
    })()`);
    seen.push(text);
    if (name.test(String(text))) return;
  }
  assert.fail(`Tab did not reach ${name}: ${seen.join(' | ')}`);
}
