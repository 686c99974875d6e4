// Builds the console in a process of its own, under the lock of the installation, and puts it in
// its place in one step. Loaded only when there is something to build. A failure is told and
// leaves the server to start without it: signing people in does not depend on the console.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureChild, endBySignal } from './child-process.mjs';
import { consoleMarkerPath, isConsoleBuilt } from './console-stamp.mjs';
import { acquireInstallLock } from './install-lock.mjs';

/**
 * @param {string} root
 * @param {string} stamp
 * @returns {Promise<boolean>} whether the console of these sources is there now
 */
export async function buildConsole(root, stamp) {
  if (!existsSync(join(root, 'node_modules', 'vite'))) {
    say(
      'The console is not built, because NODE_ENV=production leaves out what builds it. ' +
        '`npm run build:console` installs that and builds it.',
    );
    return false;
  }
  try {
    const lock = await acquireInstallLock(join(root, '.runtime', 'install.lock'), () =>
      say('Waiting for another start that is building the console…'),
    );
    try {
      if (isConsoleBuilt(root, stamp)) return true;
      return await build(root, stamp, lock);
    } finally {
      lock.release();
    }
  } catch (error) {
    // A full or read-only disk: the system's message says it all.
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    return fail(error.message);
  }
}

/**
 * @param {string} root
 * @param {string} stamp
 * @param {Awaited<ReturnType<typeof acquireInstallLock>>} lock
 */
async function build(root, stamp, lock) {
  const place = join(root, 'console', 'dist');
  const isFirst = !existsSync(place);
  say(`Building the console (${isFirst ? 'first start only' : 'once, after a change'})…`);
  const unfinished = join(root, '.runtime', 'console');
  const former = join(root, '.runtime', 'console-former');
  for (const folder of [unfinished, former]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const script = join(root, 'console', 'build', 'main.ts');
  const run = await captureChild(process.execPath, [script, unfinished], root, lock.addProcess);
  if (run.interruptedBy !== undefined) {
    lock.release();
    endBySignal(run.interruptedBy);
    await new Promise(() => {}); // the process ends here
  }
  if (run.code !== 0) {
    process.stderr.write(run.output);
    return fail('the messages of its build are above');
  }
  // A server that runs meanwhile has the old files or the new ones, and for an instant none.
  if (!isFirst) renameSync(place, former);
  renameSync(unfinished, place);
  rmSync(former, { recursive: true, force: true });
  writeFileSync(consoleMarkerPath(root), stamp);
  return true;
}

/** @param {string} reason */
function fail(reason) {
  say(`The console cannot be built, everything else works: ${reason}`);
  return false;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
