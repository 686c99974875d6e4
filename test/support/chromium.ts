/**
 * A real Chromium for tests of the pages: one that the machine has, else Debian's, installed by
 * apt when we are root. Without one the tests fail; they never pass by not being run.
 */

import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PLACES = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];
const INSTALL_TIMEOUT_MS = 240_000;

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
    ],
  });
}

function findChromium(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...PLACES];
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
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
        'Install one (on Debian: apt-get install chromium), or run the tests as root.',
    );
  }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    execFileSync('apt-get', ['-q', ...args], {
      timeout: INSTALL_TIMEOUT_MS,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  const path = findChromium();
  if (path === null) throw new Error('apt-get installed chromium, and it is not there');
  return path;
}
