/** docs/reference/parity.md has every action of operators, and where each of them can be done. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { fakeContext } from './support/fake-command-context.ts';
import { startTestServer } from './support/test-server.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = 'docs/reference/parity.md';
const TAGS = ['Management', 'Account'];

interface Row {
  readonly action: string;
  readonly call: string;
  readonly command: string;
  readonly console: string;
}

const rows: readonly Row[] = readFileSync(join(ROOT, PAGE), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Action |'))
  .map((line) => {
    const [, action = '', call = '', command = '', place = '', ...more] = line.split(/ ?\| ?/);
    assert.deepEqual(more, [''], line);
    return { action, call, command, console: place };
  });

/** What a cell names; what it says in words for its absence names others and does not count. */
const named = (cell: string) =>
  cell.startsWith('none: ') ? [] : [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
const unique = (names: readonly string[]) => [...new Set(names)].sort();

async function operations(): Promise<string[]> {
  const server = await startTestServer();
  try {
    const { json } = await server.call('GET', '/openapi.json');
    const paths = Object.entries(json.paths as Record<string, Record<string, { tags?: string[] }>>);
    return paths.flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { tags = [] }]) => tags.some((tag) => TAGS.includes(tag)))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
  } finally {
    await server.close();
  }
}

/** Every command that does something, by its words after the program's name. */
function commands(command: Command, name = ''): string[] {
  if (command.commands.length === 0) return [name];
  return command.commands.flatMap((next) => commands(next, `${name} ${next.name()}`.trim()));
}

function readConsole(): string {
  const folder = join(ROOT, 'console/src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
    .replaceAll(/\s+/g, ' ');
}

/** Of the pages of the console: the table is read as text, for it loads them all. */
function consolePaths(): string[] {
  const table = readFileSync(join(ROOT, 'console/src/shell/page-table.ts'), 'utf8');
  const constants = new Map(
    [...table.matchAll(/const (\w+) = '([^']+)'/g)].map(([, name, path]) => [name, path]),
  );
  return [...table.matchAll(/^ {4}path: (?:'([^']+)'|(\w+)),$/gm)].map(
    ([, path, constant]) => path ?? constants.get(constant) ?? `no path ${constant}`,
  );
}

describe('the table of what can be done where', () => {
  test('has every call of the management and account API, and no other', async () => {
    const inTable = rows.flatMap(({ call }) => named(call));
    assert.deepEqual(unique(inTable), unique(await operations()));
  });

  test('has every command, and no other', () => {
    const inTable = rows.flatMap(({ command }) => named(command));
    assert.deepEqual(unique(inTable), unique(commands(createProgram(fakeContext()))));
  });

  test('has every page of the console, and no other', () => {
    const inTable = rows.flatMap(({ console: place }) => named(place));
    assert.deepEqual(unique(inTable), unique(consolePaths()));
  });

  const sources = readConsole();
  for (const { action, console: place } of rows) {
    for (const [, control = ''] of place.matchAll(/“([^”]+)”/g)) {
      test(`names a control that the console has: ${control} (${action})`, () => {
        assert.ok(sources.includes(control), `${PAGE}: nothing in console/src says ${control}`);
      });
    }
  }

  test('says for each action where it is done, or why it is not', () => {
    for (const { action, ...cells } of rows) {
      for (const [column, cell] of Object.entries(cells)) {
        assert.match(cell, /^(`|none: \S|only \S|before |over |on )/, `${action}: ${column}`);
      }
    }
  });
});
