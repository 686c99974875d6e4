// Says whether the built console is that of these sources. Runs at every start of the server, so
// it reads the sources once (some hundred KiB) and writes nothing.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is made from the sources, or is not built from. */
const notSources = new Set(['dist', 'node_modules', 'README.md']);

/**
 * What the built console depends on: its sources and the versions of what it is built with.
 *
 * @param {string} root
 * @returns {string | undefined} undefined where there are no sources, as in a packed release
 */
export function consoleStamp(root) {
  if (!existsSync(join(root, 'console', 'build'))) return undefined;
  const hash = createHash('sha256');
  addFolder(hash, join(root, 'console'), '');
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return `${hash.digest('hex')}\n`;
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} folder
 * @param {string} name what the folder is called in the hash
 */
function addFolder(hash, folder, name) {
  const entries = readdirSync(folder, { withFileTypes: true });
  // The order of a folder is that of its file system.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (name === '' && notSources.has(entry.name)) continue;
    const path = join(folder, entry.name);
    const inside = `${name}/${entry.name}`;
    if (entry.isDirectory()) addFolder(hash, path, inside);
    else if (entry.isFile()) hash.update(`${inside}\0`).update(readFileSync(path)).update('\0');
  }
}

/**
 * Written last of all, so that an interrupted build is repeated.
 *
 * @param {string} root
 */
export function consoleMarkerPath(root) {
  return join(root, 'console', 'dist', 'stamp');
}

/**
 * @param {string} root
 * @param {string} stamp
 */
export function isConsoleBuilt(root, stamp) {
  try {
    return readFileSync(consoleMarkerPath(root), 'utf8') === stamp;
  } catch {
    return false;
  }
}
