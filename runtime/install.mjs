// Runs `npm ci` in a folder, under the lock, and leaves the marker last, so that an interrupted
// installation is repeated. Loaded only when there is something to install.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureChild, endBySignal } from './child-process.mjs';
import { acquireInstallLock } from './install-lock.mjs';
import { isInstalled, markerPath } from './install-stamp.mjs';
import { findNpm } from './npm-command.mjs';
import { StartFailure } from './start-failure.mjs';

/**
 * @typedef {object} Installation
 * @property {string} root the checkout, which holds the lock
 * @property {string} folder where `npm ci` runs
 * @property {string} stamp what the marker will say
 * @property {string} subject for the messages
 * @property {readonly string[]} npmFlags
 * @property {() => void} [prepare] before npm runs
 * @property {() => void} [verify] before the marker is written
 */

/** @param {Installation} installation */
export async function installLocked(installation) {
  const { root, folder, stamp, subject } = installation;
  const npm = findNpm(process.env, process.platform);
  try {
    const lock = await acquireInstallLock(join(root, '.runtime', 'install.lock'), () =>
      say(`Waiting for another start that is installing ${subject}…`),
    );
    try {
      if (!isInstalled(folder, stamp)) await install(installation, npm, lock);
    } finally {
      lock.release();
    }
  } catch (error) {
    // A full or read-only disk, a command that does not start: the system's message says it all.
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new StartFailure(`${subject} cannot be installed: ${error.message}`);
  }
}

/**
 * @param {Installation} installation
 * @param {ReturnType<typeof findNpm>} npm
 * @param {Awaited<ReturnType<typeof acquireInstallLock>>} lock
 */
async function install(installation, npm, lock) {
  const { folder, subject } = installation;
  const isFirst = !existsSync(join(folder, 'node_modules'));
  say(`Installing ${subject} (${isFirst ? 'first start only' : 'once, after a change'})…`);
  rmSync(markerPath(folder), { force: true });
  installation.prepare?.();

  const commandArguments = [...npm.leadingArguments, ...npmArguments(installation)];
  const run = await captureChild(npm.command, commandArguments, folder, lock.addProcess);
  if (run.interruptedBy !== undefined) {
    lock.release();
    endBySignal(run.interruptedBy);
    await new Promise(() => {}); // the process ends here
  }
  if (run.code !== 0) {
    process.stderr.write(run.output);
    throw new StartFailure(`${subject} cannot be installed; npm's messages are above.`);
  }
  installation.verify?.();
  writeFileSync(markerPath(folder), installation.stamp);
}

/** @param {Installation} installation */
function npmArguments({ folder, npmFlags }) {
  return [
    'ci',
    // Said again although .npmrc says it: the flags also win over npm_config_* variables, which
    // an `npm start` with options of its own hands down to us.
    '--ignore-scripts',
    '--prefix',
    folder,
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    ...npmFlags,
  ];
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
