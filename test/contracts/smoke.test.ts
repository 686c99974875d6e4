import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_PASSWORD, startTestServer } from '../support/test-server.ts';

test('an admin who was created from this machine signs in', async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const created = await server.call('POST', '/auth/admin', { body: { password: ADMIN_PASSWORD } });
  assert.equal(created.status, 200);
  assert.equal((await server.signInAdmin()).split('.').length, 3);
});
