// Says whether an installation is complete and current. Runs at every start, so it reads two
// small files and one marker and writes nothing: a read-only checkout starts.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What an installation depends on: the manifest, the lockfile, the platform that native packages
 * were chosen for, and whether development dependencies are wanted.
 *
 * @param {string} folder
 * @param {'all' | 'production'} extent
 */
export function dependencyStamp(folder, extent) {
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'package.json')))
    .update('\0')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const platform = `${process.platform} ${process.arch} abi-${process.versions.modules}`;
  return `${hash} ${platform} ${extent}\n`;
}

/**
 * Inside node_modules, so that npm removes it before it removes anything else.
 *
 * @param {string} folder
 */
export function markerPath(folder) {
  return join(folder, 'node_modules', '.sallyport-installed');
}

/**
 * @param {string} folder
 * @param {string} stamp
 */
export function isInstalled(folder, stamp) {
  try {
    return readFileSync(markerPath(folder), 'utf8') === stamp;
  } catch {
    return false;
  }
}
