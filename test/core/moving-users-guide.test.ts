/** What the guide about moving users shows as lines can be imported as it stands. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFirebaseHashConfig } from '../../src/cli/firebase-hash-config.ts';
import { openSallyport } from '../../src/wiring.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { testConfig } from '../support/test-config.ts';

const GUIDE = readFileSync(new URL('../../docs/guides/moving-users.md', import.meta.url), 'utf8');

const blocksOf = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );

test('every line of the guide is a user, with the parameters that it shows', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'));
  const passwordEngine = new FastPasswordEngine();
  const events = { record: () => undefined };
  const sallyport = await openSallyport(testConfig({ DATA_DIR: folder }), events, {
    passwordEngine,
  });
  t.after(async () => {
    await sallyport.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const parameters = join(folder, 'hash-config.txt');
  writeFileSync(parameters, blocksOf('').find((block) => block.includes('hash_config')) ?? '');
  const lines = blocksOf('json');
  assert.ok(lines.length >= 5);
  async function* pieces() {
    yield Buffer.from(lines.join(''));
  }
  const options = {
    isDryRun: true,
    allowsPlainPasswords: false,
    defaults: readFirebaseHashConfig(parameters),
  };
  for await (const batch of sallyport.userImports.run(pieces(), 'jsonl', options, {})) {
    for (const { outcome, reason } of batch) assert.notEqual(outcome, 'failed', reason ?? '');
    assert.equal(batch.length, lines.length);
  }
});
