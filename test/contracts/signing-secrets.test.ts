/** Decision 1: two secrets, never shared, never weak without saying so. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { StartFault } from '../../src/start-fault.ts';
import { secretsOf } from '../support/forged-tokens.ts';
import { startTestServer } from '../support/test-server.ts';

const NAMES = ['ACTIAN_VECTORAI_JWT_SECRET', 'TOKEN_SECRET'] as const;
const GOOD = 'q3v8Zr1xT6mK0pWd9LsB4nHy7UfJc2Ea5GoRiXkM';

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'));
  folders.push(folder);
  return folder;
}
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function start(settings: Record<string, string>, folder = newFolder()): Promise<void> {
  const server = await startTestServer({ settings, folder });
  await server.close();
}

/** The start is refused in words that name the setting, the reason and the way out. */
async function expectRefused(starting: Promise<void>, name: string, reason: RegExp): Promise<void> {
  await assert.rejects(starting, (fault: unknown) => {
    assert.ok(fault instanceof StartFault);
    assert.match(fault.message, new RegExp(name));
    assert.match(fault.message, reason);
    assert.match(fault.message, /randomBytes\(48\)/, 'it shows how to make a good one');
    return true;
  });
}

describe('a weak secret refuses to start', () => {
  const weak: [secret: string, reason: RegExp][] = [
    ['x', /is 1 bytes long and must be at least 32/],
    ['0123456789abcdefghijklmnopqrstu', /is 31 bytes long/],
    ['your-256-bit-secret-your-256-bit-secret', /is an example from public documentation/],
    ['Your 256 Bit Secret — your_256_bit_secret', /is an example/],
    ['a-string-secret-at-least-256-bits-long', /is an example/],
    ['abababababababababababababababababab', /can be guessed/],
  ];
  for (const name of NAMES) {
    for (const [secret, reason] of weak) {
      test(`${name}=${secret}`, () => expectRefused(start({ [name]: secret }), name, reason));
    }

    test(`${name} that was saved when weak ones were allowed`, async () => {
      const folder = newFolder();
      await start({ [name]: 'short', ALLOW_WEAK_SECRETS: 'true' }, folder);
      await expectRefused(start({}, folder), name, /server_params\.btr.* is 5 bytes long/s);
      await start({ ALLOW_WEAK_SECRETS: 'true' }, folder);
    });

    test(`${name} with 32 bytes starts, counted as UTF-8`, () =>
      start({ [name]: 'äbcdefghijklmnopqrstuvwxyz01234' }));

    test(`${name} that is empty is a fault and not an absence`, () => {
      for (const value of ['', ' ']) {
        assert.match(readConfig({ [name]: value }).faults.join(), new RegExp(`${name} is empty`));
      }
    });
  }

  test('both at once are reported at once', async () => {
    const both = start({ [NAMES[0]]: 'x', [NAMES[1]]: 'y' });
    await assert.rejects(both, (fault: Error) =>
      NAMES.every((name) => fault.message.includes(name)),
    );
  });
});

describe('one secret for both kinds refuses to start', () => {
  test('given twice', () =>
    expectRefused(start({ [NAMES[0]]: GOOD, [NAMES[1]]: GOOD }), 'TOKEN_SECRET', /are equal/));

  test('given for one and saved for the other', async () => {
    const folder = newFolder();
    await start({ [NAMES[0]]: GOOD }, folder);
    await expectRefused(start({ [NAMES[1]]: GOOD }, folder), 'TOKEN_SECRET', /are equal/);
  });

  test('also where weak ones are allowed', () =>
    expectRefused(
      start({ [NAMES[0]]: GOOD, [NAMES[1]]: GOOD, ALLOW_WEAK_SECRETS: 'true' }),
      'TOKEN_SECRET',
      /are equal/,
    ));
});

test('TOKEN_SECRET is saved, kept, replaced and generated like the other one', async () => {
  const folder = newFolder();
  await start({}, folder);
  const generated = secretsOf(folder);
  assert.ok(Buffer.from(generated.user, 'base64url').length >= 32);
  await start({ TOKEN_SECRET: GOOD }, folder);
  assert.deepEqual(secretsOf(folder), { admin: generated.admin, user: GOOD });
  await start({}, folder);
  assert.equal(secretsOf(folder).user, GOOD);
});

describe('NAME_FILE', () => {
  for (const name of NAMES) {
    test(`${name}_FILE names a file with the value, without its last line end`, async () => {
      const folder = newFolder();
      const file = join(folder, 'secret');
      for (const end of ['', '\n', '\r\n']) {
        writeFileSync(file, GOOD + end);
        await start({ [`${name}_FILE`]: file }, folder);
        const { admin, user } = secretsOf(folder);
        assert.equal(name === 'TOKEN_SECRET' ? user : admin, GOOD);
      }
    });

    test(`${name} and ${name}_FILE at once are a fault, and so is a missing file`, () => {
      const both = readConfig({ [name]: GOOD, [`${name}_FILE`]: 'x' });
      assert.match(both.faults.join(), new RegExp(`${name} and ${name}_FILE are both set`));
      const { faults } = readConfig({ [`${name}_FILE`]: join(newFolder(), 'nothing') });
      assert.match(faults.join(), new RegExp(`${name} is to be read from .*ENOENT`));
      assert.equal(faults.join().includes(GOOD), false);
    });
  }
});
