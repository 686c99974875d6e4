// Copies of this checkout to start things in: what git tracks or would track, without what a
// former start left behind.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '../..');

const leftBehind = new Set(['node_modules', '.runtime', '.cache', 'data', '.git']);

/** Copies the sources only, all or those asked for: the copy is as fresh as a new clone. */
export function copyCheckout(target: string, wanted = /^/): string {
  for (const file of checkoutFiles().filter((name) => wanted.test(name))) {
    const source = join(projectRoot, file);
    // git also lists files that were deleted but not yet committed as such
    if (existsSync(source)) cpSync(source, join(target, file), { recursive: true });
  }
  return target;
}

function checkoutFiles(): string[] {
  if (!existsSync(join(projectRoot, '.git'))) {
    return readdirSync(projectRoot).filter((name) => !leftBehind.has(name));
  }
  const flags = ['ls-files', '-co', '--exclude-standard', '-z'];
  const listing = execFileSync('git', flags, { cwd: projectRoot, encoding: 'utf8' });
  return listing.split('\0').filter((file) => file !== '');
}

/**
 * Copies an installed checkout by hard links, in a fraction of a second. Replace files in it,
 * do not rewrite them: the original would change too.
 */
export function linkCheckout(source: string, target: string): string {
  execFileSync('cp', ['-al', source, target]);
  return target;
}

/** Takes (or gives back) the right to create and remove anything in a tree. */
export function setWritable(folder: string, isWritable: boolean): void {
  chmodSync(folder, isWritable ? 0o755 : 0o555);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) setWritable(join(folder, entry.name), isWritable);
  }
}

/** Every path below a folder with its size and time of change, to see whether anything moved. */
export function describeTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { size, mtimeMs } = lstatSync(join(folder, path));
      return `${path} ${size} ${mtimeMs}`;
    })
    .sort();
}
