/** What the page "Admin login" says of the secret that signs the admin's tokens. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startCheckedServer } from '../support/checked-call.ts';
import { forge, secretsOf } from '../support/forged-tokens.ts';
import type { TestServer } from '../support/test-server.ts';

describe('where the admin’s signing secret comes from', () => {
  const SECRET = 'ACTIAN_VECTORAI_JWT_SECRET';
  const given = 'q3v8Zr1xT6mK0pWd9LsB4nHy7UfJc2Ea5GoRiXkM';

  async function withServer(
    options: { folder?: string; settings?: Record<string, string> },
    work: (server: TestServer, bearer: string) => Promise<void>,
  ): Promise<void> {
    const server = await startCheckedServer(options);
    try {
      await work(server, await server.signInAdmin());
    } finally {
      await server.close();
    }
  }
  const isSignedWith = (token: string, secret: string) => {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url');
    return forge(secret, payload) === token;
  };
  const status = async (server: TestServer, bearer: string) =>
    (await server.call('GET', '/auth/access_tokens', { bearer })).status;

  test('the environment, "and persists that value to server_params.btr"', () =>
    withServer({ settings: { [SECRET]: given } }, async (server, bearer) => {
      assert.ok(isSignedWith(bearer, given));
      const file = join(server.folder, 'server_params.btr');
      assert.ok(readFileSync(file, 'utf8').includes(given));
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const { folder } = server;
      await withServer({ folder }, async (again, fresh) => {
        assert.ok(isSignedWith(fresh, given), '"loads the previously persisted secret"');
        assert.equal(await status(again, bearer), 200);
      });
    }));

  test('the environment before what was persisted, which it replaces', () =>
    withServer({}, async (server, bearer) => {
      const { folder } = server;
      await withServer({ folder, settings: { [SECRET]: given } }, async (again, fresh) => {
        assert.ok(isSignedWith(fresh, given));
        assert.equal(await status(again, bearer), 401);
        assert.equal(secretsOf(folder).admin, given);
      });
    }));

  test('"or generates and persists a new one automatically", each time another', () =>
    withServer({}, (server, bearer) =>
      withServer({}, async (other, otherBearer) => {
        const [first, second] = [secretsOf(server.folder), secretsOf(other.folder)];
        assert.ok(isSignedWith(bearer, first.admin) && isSignedWith(otherBearer, second.admin));
        const all = [first.admin, first.user, second.admin, second.user];
        assert.equal(new Set(all).size, 4);
        for (const secret of all) assert.ok(Buffer.from(secret, 'base64url').length >= 32);
        assert.equal(await status(other, bearer), 401);
      }),
    ));
});
