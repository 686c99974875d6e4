/** Tabs of one real Chromium for the tests of pages, and what every page is held to. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { heldChromium, holdChromium, letGoOfChromium } from './chromium.ts';

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

/** Generous: a machine that is busy with other tests is no fault of a page. */
const PATIENCE_MS = 240_000;

export class BrowserTabs {
  readonly #toleratedStatus: RegExp;
  readonly #contexts = new Set<BrowserContext>();
  /** By their options, ready for the next test. */
  readonly #idle = new Map<string, Profile[]>();

  private constructor(toleratedStatus: RegExp) {
    this.#toleratedStatus = toleratedStatus;
  }

  /** @param toleratedStatus what the browser may complain of: answers that belong to the tests */
  static async launch(toleratedStatus: RegExp): Promise<BrowserTabs> {
    holdChromium();
    await heldChromium();
    return new BrowserTabs(toleratedStatus);
  }

  /** Others may use the browser, so every tab is closed, those too that a failed test left open. */
  async close(): Promise<void> {
    await Promise.all([...this.#contexts].map((context) => context.close()));
    await letGoOfChromium();
  }

  /** A profile of one's own, of whose complaints nobody takes notice. */
  async newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const browser = await heldChromium();
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    this.#contexts.add(context);
    context.once('close', () => this.#contexts.delete(context));
    return context;
  }

  /**
   * A profile without cookies and one tab; what the browser complained of fails the test. Profiles
   * are emptied and used again, because a new one costs as much as what most tests do with it.
   */
  async with(options: BrowserContextOptions, work: TabWork): Promise<void> {
    const key = JSON.stringify(options);
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    const profile = takeOpen(idle) ?? (await this.#newProfile(options));
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
    const context = await this.newContext(options);
    return { context, page: await context.newPage() };
  }
}

/** One whose browser has not crashed since. */
function takeOpen(idle: Profile[]): Profile | undefined {
  const profile = idle.pop();
  return profile?.page.isClosed() ? takeOpen(idle) : profile;
}

async function empty({ context, page }: Profile, options: BrowserContextOptions): Promise<void> {
  for (const further of context.pages()) if (further !== page) await further.close();
  await page.goto('about:blank');
  page.removeAllListeners();
  await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' });
  if (options.viewport) await page.setViewportSize(options.viewport);
  await context.clearCookies();
  await context.clearPermissions();
}

/** On a page that is shown on the narrowest phone. */
export async function expectNoFaults(page: Page): Promise<void> {
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
  const unfit = await page.evaluate(`[...document.querySelectorAll('button, a.button')]
    .map((button) => button.getBoundingClientRect())
    .filter(({ height, right }) => height < 44 || right > 320).length`);
  assert.equal(unfit, 0, 'every button is within reach and large enough');
  assert.deepEqual(await findAxeFaults(page), [], 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await findAxeFaults(page, COLOUR_RULES), [], 'dark');
}

/** Those that colours decide: enough for a page that was held to all rules in other colours. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** The rules that axe finds broken, each with the first element that breaks it. */
export async function findAxeFaults(page: Page, rules?: readonly string[]): Promise<unknown[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  // Of what is fine, axe would describe every element, which takes longer than looking at them.
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  assert.ok(found.passes.length > (rules === undefined ? 10 : 0));
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
