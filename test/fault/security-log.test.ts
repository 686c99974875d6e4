import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { DATABASE_FILE_NAME } from '../../src/database-choice.ts';
import { call } from '../support/http-call.ts';
import {
  type ServerProcess,
  startServerProcess,
  temporaryFolder,
} from '../support/server-process.ts';

const ADMIN_PASSWORD = 'Canary-Admin-Passw0rd';
const USER = 'canary.user@example.com';
const USER_PASSWORD = 'canary user password';
const WRONG_PASSWORD = 'canary wrong password';
/** Tried and not there; with what would break a line or colour a terminal. */
const UNKNOWN_NAME = 'canary\r\n{"level":"info"}\u001b[31m\u2028';

/** Does everything once that the server makes an event of; gives every secret that it met. */
async function exercise({ url }: ServerProcess): Promise<string[]> {
  const post = (path: string, body: object, bearer?: string) =>
    call(url, 'POST', path, { body, bearer });
  await post('/auth/admin', { password: ADMIN_PASSWORD });
  await post('/auth/admin/login', { password: WRONG_PASSWORD });
  const admin: string = (await post('/auth/admin/login', { password: ADMIN_PASSWORD })).json.token;
  const made = await post('/auth/access_token', { name: 'ci', permission: 'read' }, admin);
  await call(url, 'GET', '/auth/access_tokens', { bearer: made.json.token });
  await call(url, 'GET', '/auth/access_tokens', { bearer: 'garbage' });
  const rotated = await call(url, 'POST', '/auth/access_token/1/rotate', { bearer: admin });
  await call(url, 'DELETE', '/auth/access_token/1', { bearer: admin });
  for (const enabled of [false, true]) {
    await call(url, 'PATCH', '/auth/enabled', { bearer: admin, body: { enabled } });
  }
  await call(url, 'POST', '/auth/admin', { body: {}, headers: { via: '1.1 proxy' } });
  await post('/api/auth/login', { username: UNKNOWN_NAME, password: WRONG_PASSWORD });
  await post('/api/auth/login', { username: USER, password: WRONG_PASSWORD });
  const login = { username: USER, password: USER_PASSWORD };
  const first = (await post('/api/auth/login', login)).json;
  const second = (await post('/api/auth/refresh', { refresh_token: first.refresh_token })).json;
  await post('/api/auth/refresh', { refresh_token: first.refresh_token });
  const third = (await post('/api/auth/refresh', { refresh_token: second.refresh_token })).json;
  await post('/api/auth/refresh', { refresh_token: first.refresh_token });
  await post('/api/auth/refresh', { refresh_token: third.refresh_token });
  const fourth = (await post('/api/auth/login', login)).json;
  await call(url, 'POST', '/api/auth/logout', { bearer: fourth.token });
  const pairs = [first, second, third, fourth].flatMap((pair) => [pair.token, pair.refresh_token]);
  return [ADMIN_PASSWORD, USER_PASSWORD, WRONG_PASSWORD, admin, made.json.token].concat(
    rotated.json.token,
    pairs,
  );
}

test('each event is one JSON line with a stable name, and no secret is ever written', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServerProcess(t, {
    DATA_DIR: folder,
    ADMIN_USERNAME: USER,
    ADMIN_PASSWORD: USER_PASSWORD,
    LOG_LEVEL: 'trace',
  });
  const secrets = await exercise(server);
  await server.stop();
  const lines = server.stdout().trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  for (const entry of entries) {
    assert.match(entry.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(entry.event, /^[a-z_]+\.[a-z_]+$/);
  }
  const ours = entries.filter(({ event }) => !event.startsWith('server.'));
  assert.deepEqual(
    ours.map(({ event, reason }) => (reason ? `${event} ${reason}` : event)),
    [
      'user.created',
      'admin.created',
      'admin.sign_in_failed',
      'admin.signed_in',
      'access_token.created',
      'bearer.denied',
      'bearer.rejected not_live',
      'access_token.rotated',
      'access_token.deleted',
      'auth.disabled',
      'auth.enabled',
      'local_call.refused proxy_header',
      'session.sign_in_failed unknown_user',
      'session.sign_in_failed wrong_password',
      'session.signed_in',
      'session.refreshed',
      'session.refresh_retried',
      'session.refreshed',
      'session.refresh_reused superseded',
      'session.refresh_failed session_not_live',
      'session.signed_in',
      'session.ended signed_out',
    ],
  );
  for (const entry of ours.slice(1)) {
    assert.equal(entry.address, '127.0.0.1', entry.event);
    assert.match(entry.request_id, /^[\w-]{16}$/, entry.event);
  }
  assert.deepEqual(auditOf(folder), eventsAsAudited(ours));
  const written = [server.stdout(), server.stderr(), ...bytesIn(folder)].join('\n');
  for (const secret of secrets) assert.ok(!written.includes(secret), `${secret} was written`);
  assert.ok(!server.stdout().includes('canary'), 'a name was written in the clear');
});

test('requests are answered while nobody reads the log', async (t) => {
  const server = await startServerProcess(t, { DATA_DIR: temporaryFolder(t) });
  server.child.stdout?.pause();
  // Each of these is an event of about 250 bytes; together far more than a pipe holds.
  const rounds = Array.from({ length: 20 }, async () => {
    for (let n = 0; n < 50; n += 1) {
      const headers = { via: '1.1 proxy' };
      const answer = await call(server.url, 'POST', '/auth/admin', { headers });
      assert.equal(answer.status, 403);
    }
  });
  await Promise.all(rounds);
  assert.equal((await call(server.url, 'GET', '/ready')).status, 200);
});

interface LoggedEvent {
  readonly event: string;
  readonly reason?: string;
  readonly request_id?: string;
}

const eventsAsAudited = (events: readonly LoggedEvent[]) =>
  events.map(({ event, reason, request_id }) => [event, reason ?? null, request_id ?? null]);

/** What the trail holds; nothing in it may be a name in the clear. */
function auditOf(folder: string): unknown[][] {
  const database = new BetterSqlite3(join(folder, DATABASE_FILE_NAME), { readonly: true });
  const rows = database.prepare('select * from audit_events order by id').all();
  database.close();
  assert.ok(!JSON.stringify(rows).toLowerCase().includes('canary'), 'a name is in the trail');
  return (rows as Record<string, unknown>[]).map((row) => [row.name, row.reason, row.request_id]);
}

function bytesIn(folder: string): string[] {
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
}
