// Where the tests make their files: in memory, where the system has a file system for that. Half
// of what they cost the kernel otherwise is the disk, which no test is about.

import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MEMORY = '/dev/shm';
const PREFIX = 'sallyport-tests-';
/** Three installations with all dependencies, the databases, a few browsers. */
const NEEDED_BYTES = 6 * 2 ** 30;

/**
 * A new folder for the temporary files of a run; null where the usual one is the one to take.
 *
 * @returns {string | null}
 */
export function makeTestFolder() {
  if (process.env.TMPDIR || !isRoomy()) return null;
  clearAway();
  const folder = join(MEMORY, `${PREFIX}${process.pid}`);
  // Others may pass through: some tests run programs as somebody else.
  mkdirSync(folder, { mode: 0o711 });
  return folder;
}

/** For temporary files that the next run uses again. */
export function lastingFolder() {
  return tmpdir().startsWith(join(MEMORY, PREFIX)) ? '/tmp' : tmpdir();
}

/** @param {string} folder */
export function removeTestFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** Whether there is a file system in memory that programs may be run from, with room in it. */
export function isRoomy() {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, place, type]) => place === MEMORY && type === 'tmpfs');
    if (mount === undefined || mount[3]?.split(',').includes('noexec')) return false;
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, process.availableMemory()) >= NEEDED_BYTES;
  } catch {
    return false;
  }
}

/** What runs left that were killed. */
function clearAway() {
  for (const name of readdirSync(MEMORY)) {
    if (!name.startsWith(PREFIX)) continue;
    try {
      process.kill(Number(name.slice(PREFIX.length)), 0);
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
      if (isGone) removeTestFolder(join(MEMORY, name));
    }
  }
}
