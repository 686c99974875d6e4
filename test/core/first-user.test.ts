import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureFirstUser, openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { type TestScope, temporaryFolder } from '../support/server-process.ts';
import { testConfig } from '../support/test-config.ts';

const ORIGIN = { address: '::1', addressKey: '::1', requestId: 'r', userAgent: '' };
const NAME = 'root@example.com';

/** One start on the folder with these settings; what it opened is closed when the test ends. */
async function start(
  t: TestScope,
  folder: string,
  settings: Record<string, string>,
): Promise<Sallyport> {
  const config = testConfig({ DATA_DIR: folder, ...settings });
  const passwordEngine = new FastPasswordEngine();
  const sallyport = await openSallyport(config, { record: () => undefined }, { passwordEngine });
  t.after(() => void sallyport.close());
  await ensureFirstUser(config, sallyport);
  return sallyport;
}

const canSignIn = ({ sessions }: Sallyport, password: string) =>
  sessions.signIn(NAME, password, ORIGIN).then(
    () => true,
    () => false,
  );

test('the first user is made at start with role ADMIN, and left alone at later starts', async (t) => {
  const folder = temporaryFolder(t);
  const first = { ADMIN_USERNAME: NAME, ADMIN_PASSWORD: 'hunter2hunter2' };
  const one = await start(t, folder, first);
  assert.equal((await one.users.find(NAME))?.role, 'ADMIN');
  assert.equal(await canSignIn(one, 'hunter2hunter2'), true);
  const two = await start(t, folder, { ...first, ADMIN_PASSWORD: 'another password' });
  assert.equal(await canSignIn(two, 'another password'), false);
  assert.equal(await canSignIn(two, 'hunter2hunter2'), true);
});

test('RESET_ADMIN_PASSWORD sets the password again and ends the sessions under the old one', async (t) => {
  const folder = temporaryFolder(t);
  const first = { ADMIN_USERNAME: NAME, ADMIN_PASSWORD: 'hunter2hunter2' };
  const one = await start(t, folder, first);
  const { accessToken } = await one.sessions.signIn(NAME, 'hunter2hunter2', ORIGIN);
  const reset = { ADMIN_PASSWORD: 'another password', RESET_ADMIN_PASSWORD: 'true' };
  const two = await start(t, folder, { ...first, ...reset });
  assert.equal(await canSignIn(two, 'hunter2hunter2'), false);
  assert.equal(await canSignIn(two, 'another password'), true);
  assert.equal(await one.sessions.verifyAccessToken(accessToken), null);
});

test('without settings nobody exists: there is no default user and no default password', async (t) => {
  const sallyport = await start(t, temporaryFolder(t), {});
  for await (const { username } of sallyport.users.list()) assert.fail(`${username} exists`);
  assert.equal(await sallyport.admin.exists(), false);
  for (const password of ['admin', 'password', 'changeme', 'vega', 'sallyport']) {
    await assert.rejects(sallyport.admin.signIn(password, ORIGIN));
  }
});
