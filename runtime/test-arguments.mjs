// Turns `npm test -- <arguments>` into arguments of `node --test`.

import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Options of `node --test` whose value may follow as an argument of its own. */
const takesValue =
  /^(-r|--(require|import|test-(concurrency|isolation|name-pattern|reporter|reporter-destination|shard|skip-pattern|timeout)))$/;

/**
 * Options come first (Node takes what follows the first file for a file), a folder stands for the
 * tests in it, and no file at all stands for every test.
 *
 * @param {readonly string[]} testArguments
 * @param {(path: string) => boolean} isFolder
 * @returns {string[]}
 */
export function nodeTestArguments(testArguments, isFolder = isExistingFolder) {
  /** @type {string[]} */
  const options = [];
  /** @type {string[]} */
  const files = [];
  for (const [index, argument] of testArguments.entries()) {
    const isValue = takesValue.test(testArguments[index - 1] ?? '');
    if (isValue || argument.startsWith('-')) options.push(argument);
    else files.push(isFolder(argument) ? allTestsIn(argument) : argument);
  }
  if (!options.some((option) => option.startsWith('--test-reporter'))) {
    // The default differs between terminals and pipes and between releases of Node.
    options.unshift('--test-reporter=spec');
  }
  if (!options.some((option) => option.startsWith('--test-concurrency'))) {
    // By itself the runner leaves one core idle: of two that is half of the machine.
    options.unshift(`--test-concurrency=${availableParallelism()}`);
  }
  return [...options, ...(files.length > 0 ? files : [allTestsIn('test')])];
}

/** @param {string} folder */
function allTestsIn(folder) {
  return `${folder.replace(/\/+$/, '')}/**/*.test.ts`;
}

/** @param {string} path */
function isExistingFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
