/** The page about the command line says what is, and all of it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { CommandFolder, replayPage } from '../support/cli-transcripts.ts';
import { fakeContext } from '../support/fake-command-context.ts';

const PAGE = new URL('../../docs/reference/cli.md', import.meta.url);

/** Every command that does something, with its whole name. */
function leaves(command: Command, name: string): { name: string; command: Command }[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((next) => leaves(next, `${name} ${next.name()}`));
}

/** Of all commands, and of what they have in common. */
function readSources(): string[] {
  const folder = new URL('../../src/cli/', import.meta.url);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}

describe('the reference page', () => {
  test('shows what the commands really print', async (t) => {
    const folder = new CommandFolder('in this process');
    t.after(() => folder.remove());
    const page = readFileSync(PAGE, 'utf8');
    const replayed = await replayPage(t, folder, page, '/srv/sallyport');
    if (process.env.WRITE_TRANSCRIPTS === 'true') writeFileSync(PAGE, replayed);
    else assert.equal(replayed, page);
  });

  const page = readFileSync(PAGE, 'utf8');
  for (const { name, command } of leaves(createProgram(fakeContext()), 'sallyport')) {
    test(`has a section about ${name} with its options and its output`, () => {
      const section = page.split(/^## /m).find((text) => text.startsWith(`\`${name}\`\n`));
      assert.ok(section !== undefined, `no section`);
      for (const { long } of command.options) assert.ok(section.includes(long ?? ''), long);
      assert.match(section, /^\$ .*npx sallyport/m);
    });
  }

  test('names every code that a failure can have', () => {
    const codes = readSources().flatMap((source) =>
      [...source.matchAll(/(?:CommandFailure|super)\(\s*'(\w+)'/g)].map(([, code]) => code),
    );
    assert.ok(codes.length >= 10, codes.join());
    for (const code of codes) assert.ok(page.includes(`\`${code}\``), code);
  });
});
