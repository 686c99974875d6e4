/** Server parameters that are not in a file: encrypted in the database, or given. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { AesGcmSealer } from '../../src/crypto/sealed-text.ts';
import { ParamsInDatabase, ParamsInEnvironment } from '../../src/params-places.ts';
import { settleParams } from '../../src/server-params.ts';
import type { StartFault } from '../../src/start-fault.ts';
import { formatParams, generateParams } from '../../src/storage/params-file.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { GOOD_SECRETS, newDataFolder, refusedStart, startOnce } from './params-folder.ts';
import { openSqliteStore } from './sqlite-store.ts';

const NOTHING_GIVEN = { adminJwtSecret: null, userTokenSecret: null, allowWeak: false };
const UNUSED = { paramsFingerprint: null, holdsPrincipals: false };
const IN_USE = { paramsFingerprint: null, holdsPrincipals: true };
const [KEY, OTHER_KEY] = GOOD_SECRETS.map((text) => Buffer.from(text).toString('base64url'));

async function newDatabase(t: TestContext) {
  const store = await openSqliteStore();
  t.after(() => store.close());
  const placeUnder = (key = KEY ?? '') =>
    new ParamsInDatabase(store.repository, new AesGcmSealer(key, 'server parameters'));
  return { store, placeUnder };
}

async function refusal(settling: Promise<unknown>): Promise<string> {
  const fault = await settling.then(
    () => assert.fail('it started'),
    (error: StartFault) => error,
  );
  return fault.messages.join('\n');
}

test('servers that start at once on an empty database agree on one set of secrets', async (t) => {
  const { placeUnder } = await newDatabase(t);
  const starts = Array.from({ length: 8 }, () => settleParams(placeUnder(), UNUSED, NOTHING_GIVEN));
  const [first, ...others] = await Promise.all(starts);
  for (const other of others) assert.deepEqual(other, first);
  assert.deepEqual(await settleParams(placeUnder(), UNUSED, NOTHING_GIVEN), first);
});

test('nothing of the parameters can be read in the database', async (t) => {
  const { store, placeUnder } = await newDatabase(t);
  const params = await settleParams(placeUnder(), UNUSED, NOTHING_GIVEN);
  const rows = await store.sql('select value from settings');
  const text = JSON.stringify(rows);
  const decoded = rows.map(({ value }) =>
    Buffer.from(String(value), 'base64url').toString('latin1'),
  );
  for (const secret of Object.values(params)) {
    assert.ok(!text.includes(secret));
    assert.ok(!decoded.some((bytes) => bytes.includes(secret)));
  }
});

test('another PARAMS_KEY is refused, and what was saved stays as it is', async (t) => {
  const { placeUnder } = await newDatabase(t);
  const params = await settleParams(placeUnder(), UNUSED, NOTHING_GIVEN);
  for (const state of [UNUSED, IN_USE]) {
    const message = await refusal(settleParams(placeUnder(OTHER_KEY), state, NOTHING_GIVEN));
    assert.match(
      message,
      /^the parameter record in the database was encrypted under another PARAMS_KEY/,
    );
    assert.match(message, /Give the PARAMS_KEY that it was made with, or start over with/);
  }
  assert.deepEqual(await settleParams(placeUnder(), UNUSED, NOTHING_GIVEN), params);
});

test('a database in use that has lost its record is not given a new one', async (t) => {
  const { placeUnder } = await newDatabase(t);
  const message = await refusal(settleParams(placeUnder(), IN_USE, NOTHING_GIVEN));
  assert.match(message, /is missing, but the database around it is in use/);
  assert.equal(await placeUnder().read(), null);
});

test('a given secret is saved for the servers that are not given it', async (t) => {
  const { placeUnder } = await newDatabase(t);
  const [, , given = ''] = GOOD_SECRETS;
  const first = await settleParams(placeUnder(), UNUSED, NOTHING_GIVEN);
  await settleParams(placeUnder(), UNUSED, { ...NOTHING_GIVEN, userTokenSecret: given });
  const next = await settleParams(placeUnder(), UNUSED, NOTHING_GIVEN);
  assert.deepEqual(next, { ...first, userTokenSecret: given });
});

test('parameters that are given wholly hold, and nothing is written beside the database', async (t) => {
  const folder = newDataFolder(t);
  const SERVER_PARAMS = formatParams(generateParams());
  await startOnce(folder, { SERVER_PARAMS }, ({ admin }) => admin.create(ADMIN_PASSWORD));
  await startOnce(folder, { SERVER_PARAMS });
  const [missing = ''] = await refusedStart(folder);
  assert.match(missing, /server_params\.btr is missing, but the database beside it is in use/);
  const others = formatParams(generateParams());
  const [foreign = ''] = await refusedStart(folder, { SERVER_PARAMS: others });
  assert.match(
    foreign,
    /^SERVER_PARAMS belongs to another database than the one in use\. Give the content/,
  );
  const [damaged = ''] = await refusedStart(folder, { SERVER_PARAMS: SERVER_PARAMS.slice(0, 90) });
  assert.match(damaged, /^SERVER_PARAMS is damaged: not valid JSON/);
});

test('given parameters are read and never replaced', async () => {
  const params = generateParams();
  const place = new ParamsInEnvironment(formatParams(params));
  assert.deepEqual(await place.create(), params);
  const [given = ''] = GOOD_SECRETS;
  const settled = await settleParams(place, UNUSED, { ...NOTHING_GIVEN, adminJwtSecret: given });
  assert.deepEqual(settled, { ...params, adminJwtSecret: given });
  assert.deepEqual(await place.read(), params);
});

test('a PARAMS_KEY that can be guessed is a fault', () => {
  for (const key of ['short', 'a'.repeat(40)]) {
    const [fault = ''] = readConfig({ PARAMS_KEY: key }).faults;
    assert.match(fault, /^PARAMS_KEY (is \d+ bytes long|repeats).*make a good one with node -p/);
    assert.deepEqual(readConfig({ PARAMS_KEY: key, ALLOW_WEAK_SECRETS: 'true' }).faults, []);
  }
});
