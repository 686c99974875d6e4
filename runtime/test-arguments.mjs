// Turns `npm test -- <arguments>` into arguments of `node --test`.

import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Options of `node --test` whose value may follow as an argument of its own. */
const takesValue =
  /^(-r|--(require|import|test-(concurrency|isolation|name-pattern|reporter|reporter-destination|shard|skip-pattern|timeout)))$/;

const TIMEOUT_MS = 600_000;

/** In a folder: runs all tests of it in one process, in less time than their starts would take. */
const TOGETHER = 'in-one-process.ts';

/**
 * Options come first (Node takes what follows the first file for a file), a folder stands for the
 * tests in it, and no file at all stands for every test.
 *
 * @param {readonly string[]} testArguments
 * @returns {string[]}
 */
export function nodeTestArguments(testArguments) {
  /** @type {string[]} */
  const options = [];
  /** @type {string[]} */
  const files = [];
  for (const [index, argument] of testArguments.entries()) {
    const isValue = takesValue.test(testArguments[index - 1] ?? '');
    if (isValue || argument.startsWith('-')) options.push(argument);
    else if (isFolder(argument)) files.push(...testsOf(argument));
    else files.push(argument);
  }
  if (!options.some((option) => option.startsWith('--test-reporter'))) {
    // The default differs between terminals and pipes and between releases of Node.
    options.unshift('--test-reporter=spec');
  }
  if (!options.some((option) => option.startsWith('--test-concurrency'))) {
    // Two more than there are cores: the tests wait half of their time for timeouts, processes and
    // the network.
    options.unshift(`--test-concurrency=${availableParallelism() + 2}`);
  }
  if (!options.some((option) => option.startsWith('--test-timeout'))) {
    // Far more than any needs: one that hangs must not keep the others from being reported.
    options.unshift(`--test-timeout=${TIMEOUT_MS}`);
  }
  return [...options, ...(files.length > 0 ? files : testsOf('test'))];
}

/** @param {string} folder */
function testsOf(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const together = files.filter((file) => basename(file) === TOGETHER);
  const folders = new Set(together.map(dirname));
  const apart = files.filter((file) => file.endsWith('.test.ts') && !folders.has(dirname(file)));
  const tests = [...together, ...apart].map((file) => join(folder, file));
  // For Node to say that there are none.
  return tests.length > 0 ? tests : [join(folder, '*.test.ts')];
}

/** @param {string} path */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
