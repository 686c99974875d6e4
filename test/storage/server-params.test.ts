/** Which secrets a start runs with, and which it refuses (contract decisions 1 and 2). */

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { SECRET_RECIPE } from '../../src/crypto/secret-rules.ts';
import { ParamsInFolder } from '../../src/params-places.ts';
import { settleParams } from '../../src/server-params.ts';
import { StartFault } from '../../src/start-fault.ts';
import { createParamsFile, generateParams } from '../../src/storage/params-file.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import {
  GOOD_SECRETS,
  newDataFolder,
  newUsedFolder,
  ORIGIN,
  paramsFileOf,
  refusedStart,
  savedParams,
  startOnce,
} from './params-folder.ts';

const ADMIN_SECRET = 'ACTIAN_VECTORAI_JWT_SECRET';
const [FIRST, SECOND, THIRD] = GOOD_SECRETS;
const USER = { username: 'maria', password: 'correct horse', role: 'STANDARD' } as const;
const GIVEN = { [ADMIN_SECRET]: FIRST, TOKEN_SECRET: SECOND };
const NOTHING_GIVEN = { adminJwtSecret: null, userTokenSecret: null, allowWeak: false };
const UNUSED = { paramsFingerprint: null, holdsPrincipals: false };

test('the first start makes random secrets and the next ones keep them', async (t) => {
  const folder = newDataFolder(t);
  await startOnce(folder);
  const params = savedParams(folder);
  const secrets = Object.values(params);
  assert.equal(new Set(secrets).size, 4);
  assert.ok(secrets.every((secret) => Buffer.from(secret, 'base64url').length === 48));
  const content = readFileSync(paramsFileOf(folder));
  await startOnce(folder);
  assert.ok(readFileSync(paramsFileOf(folder)).equals(content));
  const elsewhere = newDataFolder(t);
  await startOnce(elsewhere);
  assert.notDeepEqual(savedParams(elsewhere), params);
});

test('given secrets are saved, and hold when they are not given any more', async (t) => {
  const folder = newDataFolder(t);
  const tokens = await startOnce(folder, GIVEN, async ({ admin, users, sessions }) => {
    await admin.create(ADMIN_PASSWORD);
    await users.create({ ...USER, origin: 'operator' });
    return {
      admin: await admin.signIn(ADMIN_PASSWORD, ORIGIN),
      user: await sessions.signIn(USER.username, USER.password, ORIGIN),
    };
  });
  const { adminJwtSecret, userTokenSecret } = savedParams(folder);
  assert.deepEqual([adminJwtSecret, userTokenSecret], [FIRST, SECOND]);
  await startOnce(folder, {}, async ({ admin, sessions }) => {
    assert.equal(await admin.isLiveToken(tokens.admin), true);
    assert.notEqual(await sessions.verifyAccessToken(tokens.user.accessToken), null);
  });
});

test('a newly given secret replaces the saved one and leaves the others', async (t) => {
  const folder = newDataFolder(t);
  await startOnce(folder, GIVEN, ({ admin }) => admin.create(ADMIN_PASSWORD));
  const before = savedParams(folder);
  const token = await startOnce(folder, {}, ({ admin }) => admin.signIn(ADMIN_PASSWORD, ORIGIN));
  await startOnce(folder, { [ADMIN_SECRET]: THIRD }, async ({ admin }) => {
    assert.equal(await admin.isLiveToken(token), false);
  });
  assert.deepEqual(savedParams(folder), { ...before, adminJwtSecret: THIRD });
});

const WEAK_SECRETS = {
  'is 31 bytes long and must be at least 32': 'kX2v9QbLr7TnWz4JcYp1MfHs8GdEaUo',
  'is an example from public documentation': 'Your-256-bit-secret_YOUR 256 bit secret!',
  'repeats a few characters and can be guessed': 'abcabcabcabcabcabcabcabcabcabcabcabc',
};
for (const [weakness, secret] of Object.entries(WEAK_SECRETS)) {
  for (const name of [ADMIN_SECRET, 'TOKEN_SECRET']) {
    test(`${name} that ${weakness} is refused, given or saved`, async (t) => {
      const folder = newDataFolder(t);
      await startOnce(folder);
      const made = `make a good one with ${SECRET_RECIPE}`;
      const [given, ...more] = await refusedStart(folder, { [name]: secret });
      assert.ok(given?.startsWith(`${name} ${weakness}; ${made}`), given);
      assert.deepEqual(more, []);
      await startOnce(folder, { [name]: secret, ALLOW_WEAK_SECRETS: 'true' });
      const [saved] = await refusedStart(folder);
      const source = `${name} (saved in ${paramsFileOf(folder)})`;
      assert.ok(saved?.startsWith(`${source} ${weakness}; ${made}`), saved);
      await startOnce(folder, { ALLOW_WEAK_SECRETS: 'true' });
      await startOnce(folder, { [name]: THIRD });
    });
  }
}

test('a secret of 32 bytes is enough, counted as UTF-8', async (t) => {
  const umlauts = 'äöüßéèçñ0123456789abcdef';
  assert.equal(Buffer.byteLength(umlauts), 32);
  await startOnce(newDataFolder(t), { TOKEN_SECRET: umlauts });
});

test('all weak secrets are named at once', async (t) => {
  const folder = newDataFolder(t);
  await startOnce(folder);
  const messages = await refusedStart(folder, { [ADMIN_SECRET]: 'short', TOKEN_SECRET: 'weak' });
  assert.equal(messages.length, 2);
});

for (const settings of [{}, { ALLOW_WEAK_SECRETS: 'true' }] as Record<string, string>[]) {
  const when = settings.ALLOW_WEAK_SECRETS === undefined ? '' : ' even where weak ones are allowed';
  test(`equal secrets are refused, given or saved${when}`, async (t) => {
    const folder = newDataFolder(t);
    await startOnce(folder, { TOKEN_SECRET: FIRST });
    for (const given of [
      { [ADMIN_SECRET]: FIRST },
      { [ADMIN_SECRET]: SECOND, TOKEN_SECRET: SECOND },
    ]) {
      const [message] = await refusedStart(folder, { ...settings, ...given });
      assert.match(message ?? '', /^ACTIAN_VECTORAI_JWT_SECRET and TOKEN_SECRET are equal: /);
      assert.ok(message?.includes(SECRET_RECIPE));
    }
  });
}

test('a refused secret in an empty folder leaves no parameter file', async (t) => {
  const folder = newDataFolder(t);
  await startOnce(folder);
  rmSync(paramsFileOf(folder));
  await refusedStart(folder, { TOKEN_SECRET: 'short' });
});

test('parameters for an unused database are made anew when the file is gone', async (t) => {
  const folder = newDataFolder(t);
  await startOnce(folder);
  const before = savedParams(folder);
  rmSync(paramsFileOf(folder));
  await startOnce(folder, {}, ({ admin }) => admin.create(ADMIN_PASSWORD));
  assert.notDeepEqual(savedParams(folder), before);
  await startOnce(folder);
});

/** What settleParams was given, with another server that creates the file while it is read. */
function givenAmidRace(
  folder: string,
  theirs: ReturnType<typeof generateParams>,
  given: { adminJwtSecret?: string; userTokenSecret?: string },
) {
  return {
    ...NOTHING_GIVEN,
    ...given,
    get adminJwtSecret() {
      createParamsFile(folder, theirs);
      return given.adminJwtSecret ?? null;
    },
  };
}

test('of servers that start at once the first one makes the parameters of all', async (t) => {
  const folder = newDataFolder(t);
  const theirs = generateParams();
  const settled = await settleParams(
    new ParamsInFolder(folder),
    UNUSED,
    givenAmidRace(folder, theirs, {}),
  );
  assert.deepEqual(settled, theirs);
  assert.deepEqual(savedParams(folder), theirs);
});

test('a secret given to the slower of two servers is saved and used', async (t) => {
  const folder = newDataFolder(t);
  const theirs = generateParams();
  const given = givenAmidRace(folder, theirs, { userTokenSecret: FIRST });
  const settled = await settleParams(new ParamsInFolder(folder), UNUSED, given);
  assert.deepEqual(settled, { ...theirs, userTokenSecret: FIRST });
  assert.deepEqual(savedParams(folder), settled);
});

test('a secret that the faster server uses for other tokens is refused', async (t) => {
  const folder = newDataFolder(t);
  const theirs = { ...generateParams(), adminJwtSecret: FIRST };
  const given = givenAmidRace(folder, theirs, { userTokenSecret: FIRST });
  await assert.rejects(settleParams(new ParamsInFolder(folder), UNUSED, given), StartFault);
  assert.deepEqual(savedParams(folder), theirs);
});

test('a database in use keeps its secrets from start to start', async (t) => {
  const folder = await newUsedFolder(t);
  const content = readFileSync(paramsFileOf(folder));
  await startOnce(folder);
  assert.ok(readFileSync(paramsFileOf(folder)).equals(content));
});
