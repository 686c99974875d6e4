/** The checker of the audit trail reports each kind of fault, and nothing in a sound one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAuditViolations, type TrailRow } from './audit-checker.ts';
import type { OperationCall } from './history.ts';

const row = (id: number, name: string, accessTokenId: number | null = null): TrailRow => ({
  id,
  name,
  accessTokenId,
  content: `${id} ${name}`,
});

function violationsOf(
  calls: readonly [OperationCall, number | null][],
  after: readonly TrailRow[],
  options: { before?: TrailRow[]; createdIds?: number[] } = {},
): string[] {
  const operations = calls.map(([call, status], index) => ({
    call,
    subject: 's',
    input: '',
    output: '',
    status,
    start: index,
    end: status === null ? null : index + 1,
  }));
  const { before = [], createdIds = [] } = options;
  return findAuditViolations({ operations, restartedAt: 0 }, before, after, createdIds);
}

test('a trail with a row for each acknowledged change has no violations', () => {
  const before = [row(1, 'user.created')];
  const after = [
    ...before,
    row(2, 'session.refreshed'),
    row(3, 'session.refresh_retried'),
    row(4, 'access_token.created', 9),
  ];
  const calls: [OperationCall, number | null][] = [
    ['refresh', 200],
    ['refresh', null],
    ['create', 200],
    ['delete', 404],
    ['rotate', null],
  ];
  assert.deepEqual(violationsOf(calls, after, { before, createdIds: [9] }), []);
});

test('each kind of fault in a trail is reported', () => {
  assert.match(violationsOf([['logout', 200]], []).join(), /1 to 1 times logout, but 0 rows/);
  assert.match(violationsOf([], [row(1, 'session.ended')]).join(), /0 to 0 times logout, but 1/);
  const created: [OperationCall, number][] = [['create', 200]];
  const other = [row(1, 'access_token.created', 8)];
  assert.match(
    violationsOf(created, other, { createdIds: [9] }).join(),
    /token 9 .* without a row/,
  );
  const before = [row(1, 'user.created')];
  assert.match(violationsOf([], [], { before }).join(), /row 1 was changed or is gone/);
  const twice = [row(2, 'user.created'), row(2, 'user.created')];
  assert.match(violationsOf([], twice).join(), /id 2 was given twice/);
});
