/** Another revision of this repository, checked out beside this one, for `--compare`. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { installLocked } from '../../runtime/install.mjs';
import { dependencyStamp } from '../../runtime/install-stamp.mjs';
import type { Scope } from '../scope.ts';

export class UnknownRevision extends Error {}

/** The short hash of what is checked out, and whether anything differs from it. */
export function currentRevision(root: string): string {
  try {
    const isChanged = git(root, 'status', '--porcelain', '--untracked-files=no') !== '';
    return shortHash(root, 'HEAD') + (isChanged ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}

export interface Revision {
  readonly hash: string;
  readonly path: string;
}

/**
 * Checks the revision out into an ignored folder until the scope ends.
 * @throws UnknownRevision
 */
export async function checkOut(scope: Scope, root: string, revision: string): Promise<Revision> {
  const hash = findHash(root, revision);
  const path = join(root, '.cache', 'bench', hash);
  // One that was interrupted may have left it behind.
  removeWorktree(root, path);
  git(root, 'worktree', 'add', '--detach', '--force', path, hash);
  scope.after(() => removeWorktree(root, path));
  await provideDependencies(root, path);
  return { hash, path };
}

/** The same packages are not installed twice. */
async function provideDependencies(root: string, path: string): Promise<void> {
  const lockfileOf = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (lockfileOf(root) === lockfileOf(path)) {
    symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
    return;
  }
  await installLocked({
    root,
    folder: path,
    stamp: dependencyStamp(path, 'production'),
    subject: 'the dependencies of the other revision',
    npmFlags: ['--omit=dev'],
  });
}

function findHash(root: string, revision: string): string {
  try {
    return shortHash(root, revision);
  } catch {
    throw new UnknownRevision(`there is no revision ${revision}`);
  }
}

function shortHash(root: string, revision: string): string {
  return git(
    root,
    'rev-parse',
    '--short=12',
    '--verify',
    '--end-of-options',
    `${revision}^{commit}`,
  );
}

function removeWorktree(root: string, path: string): void {
  if (!existsSync(path)) return;
  // Not with what the link leads to.
  rmSync(join(path, 'node_modules'), { recursive: true, force: true });
  git(root, 'worktree', 'remove', '--force', path);
}

function git(root: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
}
