/**
 * Debian programs that tests need, unpacked and not installed: installing would start a server on
 * the developer's port 80, and needs root. Everything lies under `.cache/debian`; nothing else on
 * the machine is changed.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../.cache/debian/', import.meta.url));
const TIMEOUT_MS = 120_000;

/**
 * Unpacks a package together with those it depends on that this machine has not.
 * @returns the folder that stands for `/` of the packages
 * @throws when this is no Debian, or the package cannot be had
 */
export function debianPackage(name: string): string {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, `.${name}-`));
  try {
    const unpacked = unpack(name, work);
    claim(unpacked, folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The path of a program in an unpacked package, and the environment that it needs. */
export function debianProgram(
  packageName: string,
  program = packageName,
): { path: string; env: Record<string, string> } {
  const folder = debianPackage(packageName);
  const places = ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((place) =>
    join(folder, place, program),
  );
  const path = places.find((place) => existsSync(place));
  if (path === undefined) throw new Error(`the Debian package ${packageName} has no ${program}`);
  const libraries = libraryFolders(folder).join(':');
  return { path, env: libraries === '' ? {} : { LD_LIBRARY_PATH: libraries } };
}

/** The lists of the machine first; when they are missing or too old, new ones of our own. */
function unpack(name: string, work: string): string {
  const faults: string[] = [];
  for (const lists of [null, join(work, 'lists')]) {
    try {
      if (lists !== null) {
        mkdirSync(join(lists, 'partial'), { recursive: true });
        run('apt-get', [...aptOptions(work, lists), 'update'], work);
      }
      return unpackFrom(name, work, aptOptions(work, lists));
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `The tests need the Debian package ${name}, which could not be fetched. They need a Debian ` +
      `with apt-get, dpkg and its package server in reach.\n${faults.join('\n')}`,
  );
}

function unpackFrom(name: string, work: string, options: string[]): string {
  const install = ['--simulate', '--no-install-recommends', '--reinstall', 'install', name];
  const plan = run('apt-get', [...options, ...install], work);
  // "Inst nginx (1.22.1-9 Debian:12/stable [amd64])", an installed one with "[its version]" first.
  const wanted = [...plan.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm)].map(
    ([, packageName, version]) => `${packageName}=${version}`,
  );
  if (wanted.length === 0) throw new Error(`apt-get would install nothing for ${name}:\n${plan}`);
  const downloads = mkdtempSync(join(work, 'downloads-'));
  run('apt-get', [...options, 'download', ...wanted], downloads);
  const unpacked = join(downloads, 'unpacked');
  for (const file of readdirSync(downloads).filter((entry) => entry.endsWith('.deb'))) {
    run('dpkg', ['--extract', join(downloads, file), unpacked], downloads);
  }
  return unpacked;
}

function aptOptions(work: string, lists: string | null): string[] {
  const cache = join(work, 'cache');
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  return [
    '-q',
    `-oDir::Cache=${cache}`,
    '-oDebug::NoLocking=true',
    // As root, apt would hand the download to a user who may not write here.
    '-oAPT::Sandbox::User=root',
    ...(lists === null ? [] : [`-oDir::State::lists=${lists}`]),
  ];
}

function run(program: string, args: string[], cwd: string): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`${program} ${args.at(-1)}: ${stderr?.trim() || message}`);
  }
}

/** Another test file may have been faster: then its copy is used. */
function claim(unpacked: string, folder: string): void {
  try {
    renameSync(unpacked, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function libraryFolders(folder: string): string[] {
  return ['usr/lib', 'lib'].flatMap((place) => {
    const base = join(folder, place);
    if (!existsSync(base)) return [];
    const inside = readdirSync(base, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    return [base, ...inside.map((entry) => join(base, entry.name))];
  });
}
