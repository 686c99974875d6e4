/** The rules of STYLE.md that a machine can check. Each message says which rule and where. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['src', 'test', 'scripts', 'bench', 'packages', 'console'];
const SKIPPED = new Set(['node_modules', 'dist']);
const MAX_LINES = 500;
const MAX_COLUMNS = 100;
/** One long literal, such as a test's title, is not broken for the sake of a column. */
const UNBREAKABLE = /(['"`/])(?:(?!\1).){60,}\1/;
/** Nobody reads or edits it: it is written from /openapi.json and grows with it. */
const GENERATED = new Set(['packages/client/src/openapi.ts']);
const JUNK_DRAWERS =
  /^(utils?|helpers?|common|shared|misc|manager|impl)$|-(utils?|helpers?|manager|impl)$/;

interface SourceFile {
  readonly path: string;
  readonly lines: readonly string[];
  readonly imports: readonly string[];
}

const files = FOLDERS.flatMap(listSources);

test('every source file keeps to the size limits', () => {
  const written = files.filter(({ path }) => !GENERATED.has(path));
  report(written, ({ lines }) => [
    ...(lines.length > MAX_LINES ? [`has ${lines.length} lines, more than ${MAX_LINES}`] : []),
    ...lines.flatMap((line, index) =>
      line.length > MAX_COLUMNS && !UNBREAKABLE.test(line)
        ? [`line ${index + 1} has ${line.length} columns`]
        : [],
    ),
  ]);
});

test('files are named after one concept, in kebab-case', () => {
  report(files, ({ path }) => {
    const name = basename(path).replace(/(\.test|\.d|\.config)?\.(ts|tsx|mjs)$/, '');
    const isKebab = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
    const isJunk = [name, ...dirname(path).split('/')].some((part) => JUNK_DRAWERS.test(part));
    return [
      ...(isKebab ? [] : ['is not in kebab-case']),
      ...(isJunk ? ['is named like a junk drawer'] : []),
      ...(name === 'index' && !path.startsWith('packages/') ? ['is an index file'] : []),
    ];
  });
});

test('src is at most three levels deep', () => {
  report(sourcesIn('src'), ({ path }) => (path.split('/').length > 4 ? ['is too deep'] : []));
});

test('the domain imports nothing but itself', () => {
  report(sourcesIn('src/core'), ({ imports }) =>
    imports.filter((name) => !name.startsWith('src/core/')).map((name) => `imports ${name}`),
  );
});

test('crypto, storage, providers, http and the command line import the domain and themselves', () => {
  const folders = ['crypto', 'storage', 'identity-providers', 'http', 'cli'];
  for (const folder of folders.map((name) => `src/${name}`)) {
    report(sourcesIn(folder), ({ imports }) =>
      imports
        .filter((name) => name.startsWith('src/'))
        .filter((name) => !name.startsWith('src/core/') && !name.startsWith(`${folder}/`))
        .map((name) => `imports ${name}`),
    );
  }
});

test('packages and the console import nothing from the server', () => {
  report([...sourcesIn('packages'), ...sourcesIn('console')], ({ imports }) =>
    imports.filter((name) => name.startsWith('src/')).map((name) => `imports ${name}`),
  );
});

/** A package that happens to be there is not there in the next checkout. */
test('the console imports the packages that its package.json names, and no others', () => {
  const named = JSON.parse(readFileSync(join(ROOT, 'console/package.json'), 'utf8'));
  const packages = Object.keys(named.devDependencies);
  report(sourcesIn('console/src'), ({ imports }) =>
    imports
      // What a text says behind a word such as import is no name.
      .filter((name) => /^[@\w./-]+$/.test(name))
      .filter((name) => !name.startsWith('console/') && !name.startsWith('packages/client/src/'))
      .filter((name) => !packages.some((known) => `${name}/`.startsWith(`${known}/`)))
      .map((name) => `imports ${name}`),
  );
});

test('nothing imports the entry of the process', () => {
  report(files, ({ imports }) =>
    imports.filter((name) => name === 'src/main.ts').map((name) => `imports ${name}`),
  );
});

test('every module of the server says on top what it is for', () => {
  report(sourcesIn('src'), ({ lines }) =>
    lines[0]?.startsWith('/**') ? [] : ['does not start with a statement of ownership'],
  );
});

/** PostgreSQL refuses a prepared `select *` once a migration of a later release adds a column. */
test('statements name the columns that they read', () => {
  report(sourcesIn('src/storage'), ({ lines }) =>
    lines.flatMap((line, index) =>
      /\.(selectAll|returningAll)\(/.test(line) ? [`line ${index + 1} reads all columns`] : [],
    ),
  );
});

test('no test is skipped, focused or left to do', () => {
  report(sourcesIn('test'), ({ lines }) =>
    lines.flatMap((line, index) =>
      /\b(test|it|describe|suite)\.(only|skip|todo)\b|\b(skip|todo|only): true/.test(line)
        ? [`line ${index + 1} leaves a test out`]
        : [],
    ),
  );
});

test('no source file names a suppression without its reason', () => {
  report(files, ({ lines }) =>
    lines.flatMap((line, index) =>
      /@ts-(ignore|nocheck)|@ts-expect-error\s*$|biome-ignore [^:]+:?\s*$/.test(line)
        ? [`line ${index + 1} suppresses a check without a reason`]
        : [],
    ),
  );
});

/** Otherwise npm asks the registry for all that it knows of each package, which takes longest. */
test('lockfiles say where each package is, so that an installation asks for nothing else', () => {
  const runtimes = readdirSync(join(ROOT, 'runtime'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `runtime/${name}`);
  for (const folder of ['.', 'bench/peers', 'test/postgres/versions', ...runtimes]) {
    const lockfile = readFileSync(join(ROOT, folder, 'package-lock.json'), 'utf8');
    const entries: Record<string, { integrity?: string; resolved?: string }> =
      JSON.parse(lockfile).packages;
    const unplaced = Object.entries(entries)
      .filter(([, { integrity, resolved }]) => integrity !== undefined && resolved === undefined)
      .map(([name]) => name);
    assert.deepEqual(unplaced, [], folder);
  }
});

function listSources(folder: string): SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return [];
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.split('/').some((part) => SKIPPED.has(part)))
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g);
  const imports = [...found].map(([, name = '']) =>
    name.startsWith('.') ? posix.join(posix.dirname(path), name) : name,
  );
  return { path, lines: text.replace(/\n$/, '').split('\n'), imports };
}

function sourcesIn(folder: string): SourceFile[] {
  return files.filter(({ path }) => path.startsWith(`${folder}/`));
}

function report(sources: SourceFile[], findFaults: (source: SourceFile) => string[]): void {
  const faults = sources.flatMap((source) =>
    findFaults(source).map((fault) => `${source.path} ${fault}`),
  );
  assert.deepEqual(faults, []);
}
