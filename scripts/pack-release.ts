/**
 * Packs what a server of a release needs, for the tests that run it beside this one:
 * `npm run pack:release -- <revision>`, once that revision has been released. The archive takes
 * the place of the one before, and is the same whenever it is made.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'test/releases');
const MIGRATIONS = 'src/storage/migrations';
/** The sources, and what `npm ci` asks for where the dependencies have changed since. */
const PARTS = [
  ...['LICENSE', 'package.json', 'package-lock.json', '.npmrc'],
  ...['packages/client/package.json', 'src'],
];

const [revision] = process.argv.slice(2);
if (revision === undefined) throw new Error('name the revision: npm run pack:release -- v1.2.3');

const { version } = JSON.parse(git('show', `${revision}:package.json`));
const name = `sallyport-${version}-schema-${newestMigration().slice(0, 4)}.tar.gz`;
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
git('archive', '--format=tar.gz', `--output=${join(FOLDER, name)}`, revision, '--', ...PARTS);
process.stdout.write(`test/releases/${name}\n`);

function newestMigration(): string {
  const files = git('ls-tree', '--name-only', `${revision}:${MIGRATIONS}`).split('\n');
  return files.filter((file) => /^\d{4}-/.test(file)).at(-1) ?? '0000';
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
}
