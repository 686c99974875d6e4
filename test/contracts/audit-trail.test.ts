/** The audit trail as requests leave it: who, from where, and no more than there was. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditRecord } from '../../src/core/repository.ts';
import { createAccessToken, createUser, freshName, openSession } from '../support/accounts.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
before(async () => {
  const budgets = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '3' };
  server = await startTestServer({ settings: budgets });
});
after(() => server.close());

async function enteredBy(act: () => Promise<unknown>): Promise<AuditRecord[]> {
  const { auditTrail } = server.sallyport;
  const lastId = await auditTrail.lastId();
  await act();
  return rowsAfter(server, lastId);
}

async function rowsAfter({ sallyport }: TestServer, lastId: number): Promise<AuditRecord[]> {
  const rows: AuditRecord[] = [];
  for await (const row of sallyport.auditTrail.after({}, lastId)) rows.push(row);
  return rows;
}

const namesOf = (rows: readonly AuditRecord[]) => rows.map((row) => row.name);

test('a change by an access token names the token, one by the admin the admin', async () => {
  const bearer = await server.signInAdmin();
  const manager = await createAccessToken(server, 'admin');
  const body = { name: 'made by a machine', permission: 'read' };
  const rows = await enteredBy(async () => {
    const made = await server.call('POST', '/auth/access_token', { bearer: manager.token, body });
    const path = `/auth/access_token/${made.json.id}`;
    await server.call('POST', `${path}/rotate`, { bearer: manager.token });
    await server.call('DELETE', path, { bearer });
  });
  assert.deepEqual(
    rows.map((row) => [row.name, row.actorKind, row.actorId]),
    [
      ['access_token.created', 'access_token', String(manager.id)],
      ['access_token.rotated', 'access_token', String(manager.id)],
      ['access_token.deleted', 'admin', null],
    ],
  );
});

test('a row has the address, the request id of the log and the program', async () => {
  const { username, password } = await createUser(server);
  const [row] = await enteredBy(() =>
    server.call('POST', '/api/auth/login', {
      body: { username, password },
      headers: { 'user-agent': '=cmd()' },
    }),
  );
  const event = server.events.at(-1);
  assert.deepEqual(
    [row?.name, row?.address, row?.requestId, row?.userAgent],
    ['session.signed_in', '127.0.0.1', event?.origin?.requestId, '=cmd()'],
  );
});

test('names that exist and names that do not leave the same rows', async () => {
  const { username } = await createUser(server);
  const failWith = (name: string) =>
    enteredBy(async () => {
      for (let n = 0; n < 5; n += 1) {
        const body = { username: name, password: 'a wrong password' };
        await server.call('POST', '/api/auth/login', { body });
      }
    });
  const known = await failWith(username);
  const unknown = await failWith(freshName());
  const failures = Array(3).fill('session.sign_in_failed');
  assert.deepEqual(namesOf(known), [...failures, 'sign_in.limited']);
  assert.deepEqual(namesOf(unknown), namesOf(known));
});

test('what is refused without a credential is one row a minute, and each time in the log', async () => {
  server.clock.advanceSeconds(60);
  const eventsBefore = server.events.length;
  const rows = await enteredBy(async () => {
    for (let n = 0; n < 20; n += 1) {
      await server.call('GET', '/auth/access_tokens', { bearer: 'garbage' });
      await server.call('POST', '/api/auth/refresh', { body: { refresh_token: 'garbage' } });
    }
  });
  assert.deepEqual(namesOf(rows), ['bearer.rejected', 'session.refresh_failed']);
  assert.equal(server.events.length - eventsBefore, 40);
});

test('verifying an access token leaves nothing, however often', async () => {
  const session = await openSession(server);
  const rows = await enteredBy(async () => {
    for (const bearer of [session.token, 'garbage']) {
      await server.call('GET', '/api/auth/verify', { bearer });
    }
  });
  assert.deepEqual(rows, []);
});

test('housekeeping forgets events after AUDIT_RETENTION_DAYS, in steps', async (t) => {
  const kept = await startTestServer({ settings: { AUDIT_RETENTION_DAYS: '30' } });
  t.after(() => kept.close());
  const { sallyport, clock } = kept;
  for (let n = 0; n < 1_200; n += 1) {
    const origin = { address: '::1', addressKey: `${n % 2}`, requestId: 'r', userAgent: '' };
    await sallyport.repository.recordRefusal({ name: 'admin.sign_in_failed', origin });
  }
  const count = async () => (await rowsAfter(kept, 0)).length;
  clock.advanceSeconds(30 * 86_400);
  await sallyport.maintenance.purge();
  assert.equal(await count(), 1_200);
  clock.advanceMs(1);
  assert.equal(await sallyport.maintenance.purge(), 1_200);
  assert.equal(await count(), 0);
});
