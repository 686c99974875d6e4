/**
 * A real Chromium for tests of the pages: one that the machine has, else Debian's, installed by
 * apt when we are root. Without one the tests fail; they never pass by not being run.
 *
 * Best is the headless shell: the same engine without the window around the page, whose toolbar
 * and tabs are else drawn for nobody, for a fifth of the CPU time.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const SHELL = 'chromium-headless-shell';
const NAMES = [
  SHELL,
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];
const PLACES = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];
const INSTALL_TIMEOUT_MS = 240_000;

/**
 * One process for all pages of a profile. Else every visit of another page starts one, which
 * takes longer than most pages do. Cookies, frames and origins keep sites apart all the same.
 */
const FEW_PROCESSES = [
  '--disable-site-isolation-trials',
  '--process-per-site',
  '--renderer-process-limit=1',
];

/** Compilers that pay off for pages which live longer than a test. */
const FEW_COMPILERS = '--js-flags=--no-opt,--no-maglev,--always-sparkplug';

/** Playwright gives it a new profile, which goes away with it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() ?? installChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...FEW_PROCESSES,
      FEW_COMPILERS,
    ],
  });
}

let holders = 0;
let launched: Promise<Browser> | undefined;

/** One browser for all tests of this process, until everybody who held it has let go of it. */
export function holdChromium(): void {
  holders += 1;
}

export async function letGoOfChromium(): Promise<void> {
  holders -= 1;
  if (holders > 0) return;
  const browser = await launched?.catch(() => undefined);
  launched = undefined;
  await browser?.close();
}

/** The browser that is held, or another one where it has crashed. */
export async function heldChromium(): Promise<Browser> {
  assert.ok(holders > 0, 'nobody would close it');
  launched ??= launchChromium();
  const browser = await launched;
  if (browser.isConnected()) return browser;
  launched = undefined;
  return heldChromium();
}

function findChromium(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...PLACES];
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installChromium(): string {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The tests of the pages need Chromium or Chrome on the PATH. ' +
        `Install one (on Debian: apt-get install ${SHELL}), or run the tests as root.`,
    );
  }
  aptGet('update');
  try {
    aptGet('install', '-y', '--no-install-recommends', SHELL);
  } catch {
    // Releases that do not have it by itself.
    aptGet('install', '-y', '--no-install-recommends', 'chromium');
  }
  const path = findChromium();
  if (path === null) throw new Error('apt-get installed Chromium, and it is not there');
  return path;
}

function aptGet(...args: string[]): void {
  execFileSync('apt-get', ['-q', ...args], {
    timeout: INSTALL_TIMEOUT_MS,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
