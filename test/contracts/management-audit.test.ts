/** The audit trail in the management API: pages, filters, exports, and who may see it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { AUDIT_FIELD_NAMES } from '../../src/core/audit-fields.ts';
import { alterDatabase, createUser, signIn } from '../support/accounts.ts';
import { startCheckedServer } from '../support/checked-call.ts';
import { expectAnswer, problemRefusal } from '../support/expect-answer.ts';
import { claimsOf } from '../support/forged-tokens.ts';
import type { TestServer } from '../support/test-server.ts';
import { LIVE } from '../support/token-doors.ts';
import { waitUntil } from '../support/waiting.ts';

const PATH = '/management/audit-events';

let server: TestServer;
let bearer: string;
before(async () => {
  server = await startCheckedServer();
  bearer = await server.signInAdmin();
});
after(() => server.close());

const list = (query: string) => server.call('GET', `${PATH}?${query}`, { bearer });

const idsIn = ({ json }: { json: { items: { id: number }[] } }) => json.items.map(({ id }) => id);

const eventsIn = ({ json }: { json: { items: { event: string }[] } }) =>
  json.items.map(({ event }) => event);

describe('the list', () => {
  test('shows an event with the fields that every command shows', async () => {
    const user = await createUser(server);
    const { token } = await signIn(server, user);
    const answer = await list(`subject=${user.id}&event=session.signed_in`);
    assert.equal(answer.json.next_cursor, null);
    const [event] = answer.json.items;
    assert.deepEqual(Object.keys(event), [...AUDIT_FIELD_NAMES]);
    const { id, request_id, ...known } = event;
    assert.ok(id > 0 && request_id !== '');
    assert.deepEqual(known, {
      at: new Date(server.clock.nowMs()).toISOString(),
      event: 'session.signed_in',
      actor_kind: 'user',
      actor_id: String(user.id),
      subject: String(user.id),
      session_id: claimsOf(token).sid,
      access_token_id: null,
      name_hash: null,
      reason: null,
      ended_sessions: null,
      address: '127.0.0.1',
      user_agent: '',
    });
  });

  test('goes by pages both ways', async () => {
    const user = await createUser(server);
    for (let n = 0; n < 4; n += 1) await signIn(server, user);
    for (const order of ['newest', 'oldest'] as const) {
      const seen: number[] = [];
      let cursor = '';
      do {
        const answer = await list(`subject=${user.id}&order=${order}&limit=2${cursor}`);
        assert.ok(idsIn(answer).length <= 2);
        seen.push(...idsIn(answer));
        cursor = answer.json.next_cursor === null ? '' : `&cursor=${answer.json.next_cursor}`;
        await signIn(server, await createUser(server));
      } while (cursor !== '');
      const sorted = seen.toSorted((a, b) => (order === 'newest' ? b - a : a - b));
      assert.deepEqual(seen, sorted);
      assert.equal(seen.length, 5);
    }
    assert.equal(idsIn(await list(`subject=${user.id}`)).length, 5);
  });

  test('takes every filter', async () => {
    const user = await createUser(server);
    const session = claimsOf((await signIn(server, user)).token).sid;
    server.clock.advanceSeconds(60);
    const since = new Date(server.clock.nowMs()).toISOString();
    await server.call('DELETE', `/management/sessions/${session}`, { bearer });
    const of = async (more: string) => eventsIn(await list(`subject=${user.id}&${more}`));
    const all = ['session.ended', 'session.signed_in', 'user.created'];
    assert.deepEqual(await of('address=127.0.0.1'), all.slice(0, 2));
    assert.deepEqual(await of('address=::ffff:127.0.0.1'), all.slice(0, 2));
    assert.deepEqual(await of('address=203.0.113.4'), []);
    assert.deepEqual(await of(`session_id=${session}`), all.slice(0, 2));
    assert.deepEqual(await of('actor_kind=admin'), ['session.ended']);
    assert.deepEqual(await of(`actor_kind=user&actor_id=${user.id}`), ['session.signed_in']);
    assert.deepEqual(await of('event=user.created'), ['user.created']);
    assert.deepEqual(await of(`since=${since}`), ['session.ended']);
    assert.deepEqual(await of(`until=${since}`), all.slice(1));
    assert.deepEqual(await of('since=2020-01-01&until=2021-01-01'), []);
    assert.deepEqual(await of('access_token_id=1'), []);
  });

  test('can be asked for in no other way', async () => {
    const { json } = await list('limit=1&order=oldest');
    const rows: [string, RegExp][] = [
      ['event=x', /^event must be one of access_token.accepted, /],
      ['subject=x', /^subject must be the id of a user, or admin/],
      ['actor_kind=x', /^actor_kind must be one of admin, /],
      ['actor_id=', /^actor_id must be as the events have it/],
      ['actor_id=%00', /^actor_id must be/],
      [`session_id=${'x'.repeat(300)}`, /^session_id must be/],
      ['access_token_id=x', /^access_token_id must be the number of a token/],
      ['address=127.1', /^address must be an IP address/],
      ['since=yesterday', /^since must be a time such as /],
      ['since=2026-02-30', /^since must be a time/],
      ['until=2026-11-22T05:14:16+01:00', /^until must be a time .* %2B/],
      ['since=2026-11-22&until=2026-11-22', /^since must be earlier than until/],
      ['order=up', /^order must be one of newest, oldest/],
      ['limit=0', /^limit must be a whole number from 1 to 200/],
      ['cursor=x', /^cursor is not a next_cursor that a list of audit events gave/],
      [`cursor=${json.next_cursor}`, /^cursor belongs to order=oldest/],
      ['format=csv', /^"format" is no parameter of this call. It takes event, /],
      ['event=user.created&event=user.created', /^event must be given once/],
    ];
    for (const [query, detail] of rows) {
      const answer = await list(query);
      assert.equal(answer.status, 400, query);
      assert.match(answer.json.detail, detail);
    }
  });
});

describe('the export', () => {
  test('has the same events in both formats, the oldest first, as a file', async () => {
    const user = await createUser(server);
    await signIn(server, user);
    const query = `${PATH}/export?subject=${user.id}`;
    const lines = await server.call('GET', query, { bearer });
    assert.equal(lines.headers['content-type'], 'application/jsonl; charset=utf-8');
    const disposition = lines.headers['content-disposition'];
    assert.equal(disposition, 'attachment; filename="audit-events.jsonl"');
    const rows = lines.text.trimEnd().split('\n');
    const listed = await list(`subject=${user.id}&order=oldest`);
    assert.deepEqual(
      rows.map((row) => JSON.parse(row)),
      listed.json.items,
    );
    const csv = await server.call('GET', `${query}&format=csv`, { bearer });
    assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
    const [titles, ...cells] = csv.text.trimEnd().split('\n');
    assert.equal(titles, AUDIT_FIELD_NAMES.map((name) => `"${name}"`).join());
    assert.equal(cells.length, rows.length);
  });

  test('holds no formula for a spreadsheet', async () => {
    const user = await createUser(server);
    const headers = { 'user-agent': '=HYPERLINK("x")' };
    await server.call('POST', '/api/auth/login', { body: user, headers });
    const path = `${PATH}/export?format=csv&subject=${user.id}`;
    const { text } = await server.call('GET', path, { bearer });
    assert.ok(text.includes(`"'=HYPERLINK(""x"")"`), text);
  });

  test('of nothing is empty', async () => {
    const answer = await server.call('GET', `${PATH}/export?until=2020-01-01`, { bearer });
    assert.deepEqual([answer.status, answer.text], [200, '']);
  });

  test('refuses what it cannot do before it begins', async () => {
    const answer = await server.call('GET', `${PATH}/export?format=xml`, { bearer });
    assert.match(answer.json.detail, /^format must be one of jsonl, csv/);
    const limited = await server.call('GET', `${PATH}/export?limit=5`, { bearer });
    assert.match(limited.json.detail, /^"limit" is no parameter/);
  });
});

test('a user with the role ADMIN sees the trail, an access token does not', async () => {
  const manager = await signIn(server, await createUser(server, { role: 'ADMIN' }));
  const machine = await LIVE.accessToken(server, 'admin');
  for (const path of [PATH, `${PATH}/export?until=2020-01-01`]) {
    const seen = await server.call('GET', path, { bearer: manager.token });
    assert.equal(seen.status, 200);
    const denied = await server.call('GET', path, { bearer: machine });
    expectAnswer(denied, problemRefusal(403, 'permission_denied'));
  }
});

test('an export of a trail that cannot be read is refused, and no file', async () => {
  const broken = await startCheckedServer();
  const jwt = await broken.signInAdmin();
  await alterDatabase(broken, 'alter table audit_events rename to audit_events_away');
  const answer = await broken.call('GET', `${PATH}/export`, { bearer: jwt });
  await alterDatabase(broken, 'alter table audit_events_away rename to audit_events');
  await broken.close();
  expectAnswer(answer, problemRefusal(500, 'internal_error'));
});

/** Fifteen megabytes of events: more than any socket takes unread. */
async function fill(filled: TestServer): Promise<void> {
  for (let from = 0; from < 60_000; from += 5_000) {
    await alterDatabase(
      filled,
      `insert into audit_events (at_ms, name, actor_kind, user_agent)
       with recursive numbers (n) as (
         select ${from} union all select n + 1 from numbers where n < ${from + 4_999}
       )
       select n, 'session.refreshed', 'user', 'a browser with a name of a usual length'
       from numbers`,
    );
  }
}

/** Counts the events that are read for exports. */
function countReads({ sallyport: { repository } }: TestServer) {
  const counted = { rows: 0, looks: 0 };
  const read = repository.listAuditEventsBetween;
  repository.listAuditEventsBetween = async (input) => {
    const look = await read(input);
    counted.rows += look.records.length;
    counted.looks += 1;
    return look;
  };
  return counted;
}

describe('an export whose reader', () => {
  let filled: TestServer;
  let jwt: string;
  before(async () => {
    filled = await startCheckedServer();
    jwt = await filled.signInAdmin();
    await fill(filled);
  });
  after(() => filled.close());

  async function beginExport(query: string, hasBegun: () => boolean) {
    const { hostname, port } = new URL(filled.url);
    const socket = connect(Number(port), hostname);
    const head = [
      `GET ${PATH}/export${query} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${jwt}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await waitUntil('the first look', hasBegun);
    return socket;
  }

  /** Until reading has stood still for a while. */
  async function standstill(counted: { rows: number }): Promise<number> {
    let last = -1;
    let since = performance.now();
    await waitUntil('the reading stands still', () => {
      if (counted.rows !== last) since = performance.now();
      last = counted.rows;
      return last > 0 && performance.now() - since > 300;
    });
    return last;
  }

  test('stops is waited for, with little in memory, and gets all of it afterwards', async () => {
    const counted = countReads(filled);
    const socket = await beginExport('', () => counted.looks > 0);
    const heldBack = await standstill(counted);
    assert.ok(heldBack < 45_000, `${heldBack} events were read for nobody`);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text = `${text.slice(-10)}${chunk}`.slice(-2_000);
    });
    await waitUntil('the end', () => text.endsWith('0\r\n\r\n'));
    socket.destroy();
    assert.ok(counted.rows > 60_000);
  });

  test('goes away ends the reading', async () => {
    const reading = noteEnd(filled);
    const counted = countReads(filled);
    const socket = await beginExport('', () => counted.looks > 0);
    socket.destroy();
    await waitUntil('the end of the reading', reading.hasEnded);
    assert.ok(counted.rows < 45_000);
  });

  test('goes away ends the reading also of what never finds anything', async (t) => {
    const reading = noteEnd(filled);
    let looks = 0;
    t.mock.method(filled.sallyport.repository, 'listAuditEventsBetween', async () => {
      looks += 1;
      return { records: [], lookedTo: { atMs: 1, id: 1 } };
    });
    const socket = await beginExport('?address=203.0.113.9', () => looks > 0);
    // It has begun all the same: proxies wait for that.
    await once(socket, 'readable');
    assert.match(String(socket.read()), /^HTTP\/1.1 200 OK\r\n/);
    socket.destroy();
    await waitUntil('the end of the reading', reading.hasEnded);
  });
});

/** Whether what is read for the next export has been left. */
function noteEnd({ sallyport: { auditTrail } }: TestServer): { hasEnded: () => boolean } {
  const between = auditTrail.between;
  let hasEnded = false;
  auditTrail.between = async function* (...input) {
    try {
      yield* between.apply(auditTrail, input);
    } finally {
      auditTrail.between = between;
      hasEnded = true;
    }
  };
  return { hasEnded: () => hasEnded };
}
