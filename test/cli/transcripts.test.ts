/** Every command, its JSON and its failures, as an operator sees them (./transcripts/*.txt). */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CommandFolder, replayTranscript } from '../support/cli-transcripts.ts';

/**
 * Where the process itself is part of what is shown: a password on standard input, a limit of
 * the shell, a server that does not start or holds the folder. The others share the process of the
 * tests, and so do their servers; otherwise a quarter of `npm test` would be the starting of them.
 */
const AS_PROCESSES = new Set(['backup-failures', 'move-server', 'serve-failures', 'users']);

const TRANSCRIPTS = new URL('./transcripts/', import.meta.url);

test('help fits terminals of 80 columns', () => {
  const help = readFileSync(new URL('help.txt', TRANSCRIPTS), 'utf8');
  for (const line of help.split('\n')) assert.ok(line.length <= 80, line);
});

describe('transcripts', () => {
  for (const name of readdirSync(TRANSCRIPTS)) {
    const file = new URL(name, TRANSCRIPTS);
    const expected = readFileSync(file, 'utf8');
    const isApart = AS_PROCESSES.has(name.replace('.txt', ''));
    test(expected.slice(2, expected.indexOf('\n')), async (t) => {
      const folder = new CommandFolder(isApart ? 'as processes' : 'in this process');
      t.after(() => folder.remove());
      const actual = await replayTranscript(t, folder, expected);
      if (process.env.WRITE_TRANSCRIPTS === 'true') writeFileSync(file, actual);
      else assert.equal(actual, expected);
    });
  }
});
