import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../src/core/events.ts';
import {
  MANAGEMENT_ACTIONS,
  MANAGING_KINDS,
  mayManage,
  mayTouchAdmins,
} from '../../src/core/management-permissions.ts';

const ORIGIN = { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: '' };

/** What an access token with the admin bit may do: to standard users, to admins. */
const WITH_TOKEN = {
  see_users: [true, false],
  create_users: [true, false],
  change_users: [true, false],
  set_passwords: [false, false],
  see_sessions: [true, false],
  end_sessions: [true, false],
  manage_access_tokens: [true, true],
  read_stats: [true, true],
  read_audit_trail: [false, false],
  export_audit_trail: [false, false],
  export_data: [false, false],
  import_users: [false, false],
  export_users: [false, false],
  read_settings: [false, false],
  test_providers: [false, false],
  switch_auth: [false, false],
} as const;

test('each kind of principal may do exactly what contract decision 14 gives it', () => {
  for (const kind of MANAGING_KINDS) {
    for (const action of MANAGEMENT_ACTIONS) {
      const may = (['STANDARD', 'ADMIN'] as const).map((role) => mayManage(kind, action, role));
      const isForAdminAlone = kind === 'user' && action === 'switch_auth';
      const expected =
        kind === 'access_token' ? WITH_TOKEN[action] : Array(2).fill(!isForAdminAlone);
      assert.deepEqual(may, expected, `${kind} ${action}`);
    }
  }
});

test('admins are touched by those who may, and by the machine’s own operator', () => {
  const actors: [Actor | undefined, boolean][] = [
    [{ kind: 'admin' }, true],
    [{ kind: 'user', id: 1 }, true],
    [{ kind: 'access_token', id: 1 }, false],
    [{ kind: 'operator', name: 'olga' }, true],
    [{ kind: 'server' }, true],
    [{ kind: 'anonymous' }, false],
    [undefined, false],
  ];
  for (const [actor, expected] of actors) {
    const by = { origin: ORIGIN, ...(actor && { actor }) };
    assert.equal(mayTouchAdmins(by, 'change_users'), expected, actor?.kind);
  }
  assert.equal(mayTouchAdmins({}, 'change_users'), true, 'the process by itself');
});
