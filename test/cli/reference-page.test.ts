/** The page about the command line says what is, and all of it. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
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

describe('the reference page', () => {
  test('shows what the commands really print', async (t) => {
    const folder = new CommandFolder();
    t.after(() => folder.remove());
    const page = readFileSync(PAGE, 'utf8');
    const replayed = await replayPage(folder, page, '/srv/sallyport');
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
    const sources = [
      'failures',
      'confirmations',
      'opened-folder',
      'password-input',
      'usage-errors',
    ];
    const codes = sources.flatMap((name) => {
      const source = readFileSync(new URL(`../../src/cli/${name}.ts`, import.meta.url), 'utf8');
      return [...source.matchAll(/(?:CommandFailure|super)\(\s*'(\w+)'/g)].map(([, code]) => code);
    });
    assert.ok(codes.length >= 10, codes.join());
    for (const code of codes) assert.ok(page.includes(`\`${code}\``), code);
  });
});
