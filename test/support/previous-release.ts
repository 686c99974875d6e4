/**
 * The release before this one, as `npm run pack:release` has put it into test/releases: unpacked
 * with the system's tar, on the dependencies of this checkout where they are the ones that it
 * pins, else on its own from its lockfile.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { installLocked } from '../../runtime/install.mjs';
import { dependencyStamp } from '../../runtime/install-stamp.mjs';

const ROOT = join(import.meta.dirname, '../..');
const RELEASES = join(ROOT, 'test/releases');
/** It stays, so that what its servers compile is found again. */
const UNPACKED = join(ROOT, '.cache/releases');

/** @returns its `main.ts`, ready to run */
export async function unpackPreviousRelease(): Promise<string> {
  const archives = readdirSync(RELEASES).filter((name) => name.endsWith('.tar.gz'));
  const [archive, ...others] = archives;
  if (archive === undefined || others.length > 0) {
    throw new Error(`test/releases holds ${archives.length} releases; it must be one`);
  }
  const folder = unpack(join(RELEASES, archive));
  await bringDependencies(folder, archive);
  return join(folder, 'src/main.ts');
}

/** Under its checksum, whole or not at all. */
function unpack(archive: string): string {
  const checksum = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const folder = join(UNPACKED, checksum.slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(UNPACKED, { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  execFileSync('tar', ['-xzf', archive, '-C', unfinished]);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    // Another test process was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function bringDependencies(folder: string, archive: string): Promise<void> {
  const own = join(folder, 'node_modules');
  const present = new Set(runtimePackages(ROOT));
  if (runtimePackages(folder).every((name) => present.has(name))) {
    // A test process that starts at the same moment makes the same link.
    if (!existsSync(own)) symlinkUnlessThere(join(ROOT, 'node_modules'), own);
    return;
  }
  // The installation must not go into this checkout's, by a link from when they were the same.
  if (lstatSync(own, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(own);
  await installLocked({
    root: ROOT,
    folder,
    stamp: dependencyStamp(folder, 'production'),
    subject: `the dependencies of ${archive}`,
    npmFlags: ['--omit=dev'],
  });
}

function symlinkUnlessThere(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Each with its version: what a server runs on. */
function runtimePackages(folder: string): string[] {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const packages = Object.entries<{ version?: string; dev?: boolean }>(lock.packages);
  return packages
    .filter(([path, { dev }]) => path.startsWith('node_modules/') && dev !== true)
    .map(([path, { version }]) => `${path} ${version}`);
}
