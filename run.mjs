#!/usr/bin/env node
// The first command: finds a Node.js that runs TypeScript, installs what the lockfile names, then
// starts `src/main.ts` or the tests. Plain JavaScript without dependencies, for any Node >= 18,
// because it runs before either of those is there. It decides nothing about the server itself.

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { consoleStamp, isConsoleBuilt } from './runtime/console-stamp.mjs';
import { dependencyStamp, isInstalled } from './runtime/install-stamp.mjs';
import { isRecentNode } from './runtime/node-choice.mjs';

const root = dirname(fileURLToPath(import.meta.url));

/** Set for the second process only: the pid of the process that started it. */
const parentVariable = 'SALLYPORT_RUN_PARENT';

try {
  await start(process.argv.slice(2));
} catch (error) {
  // A fault that the person at the prompt can mend is one line; anything else is a defect.
  if (!(error instanceof Error) || error.name !== 'StartFailure') throw error;
  process.stderr.write(`sallyport: ${error.message}\n`);
  process.exit(1);
}

/** @param {string[]} commandArguments */
async function start(commandArguments) {
  if (!isRecentNode(process.versions.node)) {
    await startOnPinnedNode(commandArguments);
    return;
  }
  endWithParent();
  const [word = '', ...rest] = commandArguments;
  // `run FILE` is for the scripts of package.json, which need the same Node as the server.
  const isForDevelopers = word === 'test' || word === 'run';
  await installDependencies(isForDevelopers);
  await cacheCompiledCode();
  // Other commands show no pages.
  if (word === 'serve' || word === 'test') await prepareConsole();
  if (word === 'test') {
    await runTests(rest);
    return;
  }
  // In this process, not in a child: it saves the start of a second Node, and a signal for the
  // pid that the service manager knows reaches the server itself.
  const [main, mainArguments] =
    word === 'run'
      ? [resolve(root, rest[0] ?? ''), rest.slice(1)]
      : [join(root, 'src', 'main.ts'), commandArguments];
  process.argv = [process.execPath, main, ...mainArguments];
  await import(pathToFileURL(main).href);
}

/** @param {string[]} commandArguments */
async function startOnPinnedNode(commandArguments) {
  const { preparePinnedNode } = await import('./runtime/pinned-node.mjs');
  const { yieldToChild } = await import('./runtime/child-process.mjs');
  const node = await preparePinnedNode(root);
  const options = [...process.execArgv, fileURLToPath(import.meta.url)];
  yieldToChild(node, [...options, ...commandArguments], {
    // The channel carries no messages: its closing tells the child that this process was killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [parentVariable]: String(process.pid) },
  });
}

/** Ends the server as SIGTERM would when the process that passes signals on was killed (-9). */
function endWithParent() {
  const isChild = process.env[parentVariable] === String(process.ppid);
  delete process.env[parentVariable];
  if (!isChild || !process.channel) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

/** @param {boolean} isForDevelopers */
async function installDependencies(isForDevelopers) {
  const isProduction = process.env.NODE_ENV === 'production' && !isForDevelopers;
  const full = dependencyStamp(root, 'all');
  if (isInstalled(root, full)) return;
  // A full installation also serves production, so switching back and forth costs nothing.
  const wanted = isProduction ? dependencyStamp(root, 'production') : full;
  if (isProduction && isInstalled(root, wanted)) return;
  const { installLocked } = await import('./runtime/install.mjs');
  await installLocked({
    root,
    folder: root,
    stamp: wanted,
    subject: 'dependencies',
    npmFlags: [isProduction ? '--omit=dev' : '--include=dev'],
  });
}

/** A console that cannot be built keeps nobody from being signed in: the server starts without. */
async function prepareConsole() {
  const stamp = consoleStamp(root);
  if (stamp === undefined || isConsoleBuilt(root, stamp)) return;
  const { buildConsole } = await import('./runtime/console-build.mjs');
  await buildConsole(root, stamp);
}

/** Keeps V8's code cache and stripped types between starts. Read-only checkouts go without. */
async function cacheCompiledCode() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  const folder = join(root, 'node_modules', '.cache', 'compile');
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(folder);
  // Worker threads and the processes of the test runner read the variable.
  process.env.NODE_COMPILE_CACHE = folder;
}

/** @param {string[]} testArguments */
async function runTests(testArguments) {
  const { nodeTestArguments } = await import('./runtime/test-arguments.mjs');
  const { makeTestFolder, removeTestFolder } = await import('./runtime/test-folder.mjs');
  const { yieldToChild } = await import('./runtime/child-process.mjs');
  process.chdir(root);
  const folder = makeTestFolder();
  const child = yieldToChild(process.execPath, ['--test', ...nodeTestArguments(testArguments)], {
    stdio: 'inherit',
    ...(folder !== null && { env: { ...process.env, TMPDIR: folder } }),
  });
  // Ahead of the listener that ends this process.
  if (folder !== null) child.prependListener('close', () => removeTestFolder(folder));
}
