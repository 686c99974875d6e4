import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AUDIT_RULES, actorOf, onceKeyOf } from '../../src/core/audit-rules.ts';

const ORIGIN = { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: '' };

test('every security event is seen as a row of the trail by the conformance suite', () => {
  const folder = join(import.meta.dirname, '../storage');
  const suites = readdirSync(folder).filter((name) => name.startsWith('conformance-audit'));
  const text = suites.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  for (const name of Object.keys(AUDIT_RULES)) assert.ok(text.includes(name), name);
});

test('what is kept once a minute has a key of its event, its minute and its cause', () => {
  const event = { name: 'bearer.rejected', origin: ORIGIN } as const;
  assert.deepEqual(onceKeyOf(event, 119_999), {
    key: 'bearer.rejected:1:::/64',
    from: 'bearer.rejected:1:',
    to: 'bearer.rejected:1;',
  });
  assert.notEqual(onceKeyOf(event, 120_000)?.key, onceKeyOf(event, 119_999)?.key);
  assert.equal(onceKeyOf({ name: 'user.created' }, 0), null);
});

test('a request without a credential is anonymous, and no request is the process itself', () => {
  const operator = { kind: 'operator', name: 'olga' } as const;
  assert.deepEqual(actorOf({ name: 'user.created' }, operator), operator);
  const created = { name: 'admin.created', origin: ORIGIN } as const;
  assert.deepEqual(actorOf(created, operator), { kind: 'anonymous' });
  const admin = { kind: 'admin' } as const;
  assert.deepEqual(actorOf({ ...created, actor: admin }, operator), admin);
});
