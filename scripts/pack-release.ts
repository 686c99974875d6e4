/**
 * Packs what a server of a release needs, for the tests that run it beside this one:
 * `npm run pack:release -- <revision>`, once that revision has been released. The archive takes
 * the place of the one before, and is the same whenever it is made. The console goes in as built
 * from that revision, with the packages that it names.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'test/releases');
const MIGRATIONS = 'src/storage/migrations';
/** The sources, and what `npm ci` asks for where the dependencies have changed since. */
const PARTS = [
  ...['LICENSE', 'package.json', 'package-lock.json', '.npmrc'],
  ...['packages/client/package.json', 'console/package.json', 'src'],
];

const [revision] = process.argv.slice(2);
if (revision === undefined) throw new Error('name the revision: npm run pack:release -- v1.2.3');

const { version } = JSON.parse(git('show', `${revision}:package.json`));
const name = `sallyport-${version}-schema-${newestMigration().slice(0, 4)}.tar.gz`;
const work = mkdtempSync(join(tmpdir(), 'sallyport-release-'));
try {
  const built = buildConsole();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  const output = `--output=${join(FOLDER, name)}`;
  git(
    'archive',
    '--format=tar.gz',
    output,
    ...built,
    '--prefix=',
    revision,
    '--',
    ...PARTS.filter(isThere),
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`test/releases/${name}\n`);

/** @returns the options that add each built file where a server looks for it */
function buildConsole(): string[] {
  if (!isThere('console')) return [];
  const checkout = join(work, 'checkout');
  const output = join(work, 'dist');
  mkdirSync(checkout);
  const archive = join(work, 'sources.tar');
  git('archive', '--format=tar', `--output=${archive}`, revision ?? '');
  execFileSync('tar', ['-xf', archive, '-C', checkout]);
  const options = { cwd: checkout, stdio: 'inherit' } as const;
  execFileSync('npm', ['ci', '--ignore-scripts', '--include=dev', '--loglevel=error'], options);
  execFileSync(process.execPath, ['console/build/main.ts', output], options);
  const files = readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name: file }) => ({
      folder: relative(output, parentPath),
      file,
      parentPath,
    }))
    .sort((a, b) => (`${a.folder}/${a.file}` < `${b.folder}/${b.file}` ? -1 : 1));
  return files.flatMap(({ folder, file, parentPath }) => [
    `--prefix=${posix.join('console/dist', folder)}/`,
    `--add-file=${join(parentPath, file)}`,
  ]);
}

function isThere(path: string): boolean {
  return git('ls-tree', '--name-only', revision ?? '', '--', path) !== '';
}

function newestMigration(): string {
  const files = git('ls-tree', '--name-only', `${revision}:${MIGRATIONS}`).split('\n');
  return files.filter((file) => /^\d{4}-/.test(file)).at(-1) ?? '0000';
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
}
