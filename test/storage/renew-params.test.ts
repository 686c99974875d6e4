/** `params renew` starts over when the parameters are lost, and ends what it says it ends. */

import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isRefusal } from '../../src/core/errors.ts';
import { renewParams } from '../../src/renew-params.ts';
import { PARAMS_FILE_NAME } from '../../src/storage/params-file.ts';
import { ADMIN_PASSWORD, testConfig } from '../support/test-config.ts';
import {
  GOOD_SECRETS,
  newDataFolder,
  newUsedFolder,
  ORIGIN,
  paramsFileOf,
  prepareProcess,
  refusedStart,
  savedParams,
  startOnce,
} from './params-folder.ts';

const [ADMIN_SECRET, USER_SECRET] = GOOD_SECRETS;
/** Secrets that the operator gives at every start, so that renewing does not change them. */
const GIVEN = { ACTIAN_VECTORAI_JWT_SECRET: ADMIN_SECRET, TOKEN_SECRET: USER_SECRET };
const USER = { username: 'maria', password: 'correct horse' };

const OPERATOR = { kind: 'operator', name: 'olga' } as const;
const renew = (folder: string) => renewParams(testConfig({ DATA_DIR: folder }), OPERATOR);

/** A used folder, and what its people and machines hold. */
async function newPopulatedFolder(t: TestContext) {
  const folder = newDataFolder(t);
  const held = await startOnce(folder, GIVEN, async (opened) => {
    const { admin, users, sessions, accessTokens } = opened;
    await admin.create(ADMIN_PASSWORD);
    await users.create({ ...USER, role: 'STANDARD', origin: 'operator' });
    const input = { name: 'ci', description: '', permissions: 1, expiresInSeconds: null };
    return {
      adminJwt: await admin.signIn(ADMIN_PASSWORD, ORIGIN),
      pair: await sessions.signIn(USER.username, USER.password, ORIGIN),
      token: await accessTokens.create(input, { origin: ORIGIN }),
    };
  });
  return { folder, held };
}

test('renewing keeps the old file aside and makes other parameters', async (t) => {
  const folder = await newUsedFolder(t);
  const before = { params: savedParams(folder), content: readFileSync(paramsFileOf(folder)) };
  const { file, keptAs } = await renew(folder);
  assert.equal(file, paramsFileOf(folder));
  assert.ok(readFileSync(keptAs ?? '').equals(before.content));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const after = Object.values(savedParams(folder));
  assert.ok(Object.values(before.params).every((secret) => !after.includes(secret)));
  await startOnce(folder);
});

test('renewing ends sessions and admin JWTs, also under the same given secrets', async (t) => {
  const { folder, held } = await newPopulatedFolder(t);
  await renew(folder);
  await startOnce(folder, GIVEN, async ({ admin, sessions }) => {
    assert.equal(await admin.isLiveToken(held.adminJwt), false);
    assert.equal(await sessions.verifyAccessToken(held.pair.accessToken), null);
    await assert.rejects(sessions.refresh(held.pair.refreshToken, ORIGIN), (error) =>
      isRefusal(error, 'refresh_token_invalid'),
    );
    const fresh = await admin.signIn(ADMIN_PASSWORD, ORIGIN);
    assert.equal(await admin.isLiveToken(fresh), true);
    const pair = await sessions.signIn(USER.username, USER.password, ORIGIN);
    assert.notEqual(await sessions.verifyAccessToken(pair.accessToken), null);
  });
});

test('after renewing access tokens are listed and work again once rotated', async (t) => {
  const { folder, held } = await newPopulatedFolder(t);
  await renew(folder);
  await startOnce(folder, {}, async ({ accessTokens }) => {
    assert.equal(await accessTokens.authenticate(held.token.raw), null);
    const [listed] = await accessTokens.list();
    assert.equal(listed?.id, held.token.id);
    const { raw } = await accessTokens.rotate(held.token.id, { origin: ORIGIN });
    assert.equal((await accessTokens.authenticate(raw))?.id, held.token.id);
  });
});

const FAULTS: Record<string, (file: string, aside: string) => void> = {
  'that is missing': () => undefined,
  'that is empty': (file) => writeFileSync(file, '', { mode: 0o600 }),
  'that is cut off': (file, aside) =>
    writeFileSync(file, readFileSync(aside).subarray(0, 100), { mode: 0o600 }),
  'that is a link to nowhere': (file) => symlinkSync('nowhere', file),
  'that is a folder': (file) => mkdirSync(file),
};
for (const [fault, make] of Object.entries(FAULTS)) {
  test(`renewing heals a parameter file ${fault}`, async (t) => {
    const folder = await newUsedFolder(t);
    const aside = join(newDataFolder(t), 'kept');
    copyFileSync(paramsFileOf(folder), aside);
    rmSync(paramsFileOf(folder));
    make(paramsFileOf(folder), aside);
    await refusedStart(folder);
    const { keptAs } = await renew(folder);
    assert.equal(keptAs === null, fault === 'that is missing');
    await startOnce(folder);
  });
}

test('renewing heals the file of another installation', async (t) => {
  const [folder, other] = [await newUsedFolder(t), await newUsedFolder(t)];
  copyFileSync(paramsFileOf(other), paramsFileOf(folder));
  await refusedStart(folder);
  await renew(folder);
  await startOnce(folder);
});

for (const killAt of ['fs.renameSync', 'fs.linkSync', 'insert into "settings"', 'commit']) {
  test(`renewing that is killed at ${killAt} changes nothing or can be repeated`, async (t) => {
    const folder = await newUsedFolder(t);
    const before = readFileSync(paramsFileOf(folder));
    const go = await prepareProcess('renew', folder, killAt);
    assert.equal(await go(), null, 'it was to be killed');
    if (killAt === 'fs.renameSync') {
      assert.ok(readFileSync(paramsFileOf(folder)).equals(before));
      await startOnce(folder);
    } else {
      // The old file is still there under another name: nothing is lost.
      const kept = readdirSync(folder).filter((name) => name.startsWith(`${PARAMS_FILE_NAME}.`));
      assert.ok(killAt === 'commit' || kept.length === 1);
    }
    await renew(folder);
    await startOnce(folder);
  });
}
