/** The checker of the kill test reports each kind of violation, and nothing in a good history. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from './history.ts';
import { findViolations } from './history-checker.ts';

type Line = readonly [
  call: Operation['call'],
  subject: string,
  input: string,
  status: number | null,
  output?: string,
];

/** Operations one after the other; `restart` stands between two of them. */
function violationsOf(...lines: (Line | 'restart')[]): string[] {
  let restartedAt = Number.POSITIVE_INFINITY;
  const operations: Operation[] = [];
  for (const [index, line] of lines.entries()) {
    const start = index * 10;
    if (line === 'restart') {
      restartedAt = start;
      continue;
    }
    const [call, subject, input, status, output = ''] = line;
    const end = status === null ? null : start + 5;
    operations.push({ call, subject, input, status, output, start, end });
  }
  return findViolations({ operations, restartedAt });
}

const CREATED: Line = ['create', 'ci', '', 200, 'v0'];

test('a history in which everything was kept has no violations', () => {
  const violations = violationsOf(
    ['refresh', 's', 'r1', 200, 'r2'],
    ['refresh', 's', 'r1', 200, 'r2'],
    ['refresh', 's', 'r2', null],
    ['logout', 't', 'a1', 200],
    ['refresh', 't', 'r1', 401],
    CREATED,
    ['rotate', 'ci', '', 200, 'v1'],
    ['use', 'ci', 'v0', 401],
    ['use', 'ci', 'v1', 200],
    ['create', 'lost', '', null],
    ['create', 'gone', '', 200, 'w0'],
    ['delete', 'gone', '', 200],
    ['reset_password', 'admin', 'p1', 200],
    ['reset_password', 'admin', 'p2', null],
    'restart',
    ['refresh', 's', 'r2', 200, 'r3'],
    ['verify', 's', 'a3', 200],
    ['replay', 's', 'r1', 401],
    ['verify', 's', 'a3', 401],
    ['list', '*', '', 200, 'ci'],
    ['use', 'ci', 'v1', 200],
    ['use', 'gone', 'w0', 401],
    ['admin_login', 'admin', 'p1', 401],
    ['admin_login', 'admin', 'p2', 200, 'jwt'],
    ['admin_use', 'admin', 'jwt', 200],
  );
  assert.deepEqual(violations, []);
});

const BAD: Record<string, [RegExp, ...(Line | 'restart')[]]> = {
  'an unexpected status': [/answered with 500/, ['refresh', 's', 'r1', 500]],
  'two successors of one refresh token': [
    /2 successors/,
    ['refresh', 's', 'r1', 200, 'r2'],
    'restart',
    ['refresh', 's', 'r1', 200, 'r2b'],
  ],
  'a lost rotation': [
    /refused, but nothing had ended it/,
    ['refresh', 's', 'r1', 200, 'r2'],
    'restart',
    ['refresh', 's', 'r2', 401],
  ],
  'a lost sign-in': [/refused, but nothing had ended it/, 'restart', ['verify', 's', 'a1', 401]],
  'a refresh after an acknowledged sign-out': [
    /refresh of s at 20 succeeded after logout/,
    ['logout', 's', 'a1', 200],
    'restart',
    ['refresh', 's', 'r1', 200, 'r2'],
  ],
  'a check that passes after an acknowledged sign-out': [
    /verify of s at 10 succeeded after logout/,
    ['logout', 's', 'a1', 200],
    ['verify', 's', 'a1', 200],
  ],
  'a replay that is answered': [/replay of s at 0 was answered/, ['replay', 's', 'r1', 200]],
  'a session that survives a replay': [
    /verify of s at 10 succeeded after replay/,
    ['replay', 's', 'r1', 401],
    ['verify', 's', 'a3', 200],
  ],
  'a session that lives again': [
    /succeeded after verify/,
    ['logout', 's', 'a1', null],
    'restart',
    ['verify', 's', 'a1', 401],
    ['refresh', 's', 'r1', 200, 'r2'],
  ],
  'half a sign-out': [
    /verify of s at 30 was refused, but nothing had ended it/,
    ['logout', 's', 'a1', null],
    'restart',
    ['refresh', 's', 'r1', 200, 'r2'],
    ['verify', 's', 'a1', 401],
  ],
  'a lost creation': [/ci was created and is lost/, CREATED, 'restart', ['list', '*', '', 200, '']],
  'a creation that happened twice': [
    /ci is listed 2 times/,
    ['create', 'ci', '', null],
    'restart',
    ['list', '*', '', 200, 'ci ci'],
  ],
  'a token that nobody asked for': [/nobody asked/, 'restart', ['list', '*', '', 200, 'x']],
  'a lost deletion': [
    /ci was deleted and is listed/,
    CREATED,
    ['delete', 'ci', '', 200],
    'restart',
    ['list', '*', '', 200, 'ci'],
  ],
  'a token that works after its deletion': [
    /worked after its deletion/,
    CREATED,
    ['delete', 'ci', '', 200],
    ['use', 'ci', 'v0', 200],
  ],
  'half a deletion that leaves the value': [
    /worked and is not listed/,
    CREATED,
    ['delete', 'ci', '', null],
    'restart',
    ['list', '*', '', 200, ''],
    ['use', 'ci', 'v0', 200],
  ],
  'half a deletion that leaves the entry': [
    /its value was acknowledged/,
    CREATED,
    ['delete', 'ci', '', null],
    'restart',
    ['list', '*', '', 200, 'ci'],
    ['use', 'ci', 'v0', 401],
  ],
  'a replaced value that works': [
    /worked with a replaced value/,
    CREATED,
    ['rotate', 'ci', '', 200, 'v1'],
    'restart',
    ['use', 'ci', 'v0', 200],
  ],
  'a lost new value': [
    /use of ci at 30 was refused, but its value was acknowledged/,
    CREATED,
    ['rotate', 'ci', '', 200, 'v1'],
    'restart',
    ['use', 'ci', 'v1', 401],
  ],
  'an old password that works': [
    /passed with a password replaced at 10/,
    ['reset_password', 'admin', 'p1', 200],
    ['reset_password', 'admin', 'p2', 200],
    'restart',
    ['admin_login', 'admin', 'p1', 200, 'jwt'],
  ],
  'a lost new password': [
    /its password was acknowledged/,
    ['reset_password', 'admin', 'p1', 200],
    'restart',
    ['admin_login', 'admin', 'p1', 401],
    ['admin_login', 'admin', 'p0', 200, 'jwt'],
  ],
  'an admin JWT that survives a new password': [
    /admin_use of admin at 20 passed after reset_password/,
    ['admin_login', 'admin', 'p0', 200, 'jwt'],
    ['reset_password', 'admin', 'p1', 200],
    ['admin_use', 'admin', 'jwt', 200],
  ],
  'an admin whom no password lets in': [
    /no password of the admin works/,
    ['reset_password', 'admin', 'p1', null],
    'restart',
    ['admin_login', 'admin', 'p0', 401],
    ['admin_login', 'admin', 'p1', 401],
  ],
};
for (const [what, [expected, ...lines]] of Object.entries(BAD)) {
  test(`the checker reports ${what}`, () => {
    const violations = violationsOf(...lines);
    assert.ok(
      violations.some((violation) => expected.test(violation)),
      violations.join('\n') || 'nothing was reported',
    );
  });
}

test('what overlaps an end may go either way', () => {
  const logout = { call: 'logout', subject: 's', input: 'a1', output: '' } as const;
  const verify = { call: 'verify', subject: 's', input: 'a1', output: '' } as const;
  const operations: Operation[] = [
    { ...logout, start: 1, end: 10, status: 200 },
    { ...verify, start: 2, end: 9, status: 401 },
    { ...verify, start: 3, end: 8, status: 200 },
    { ...verify, start: 4, end: 11, status: 200 },
  ];
  assert.deepEqual(findViolations({ operations, restartedAt: 99 }), []);
});

test('another server may answer from memory for a second, the one that ended it may not', () => {
  const violationsAt = (server: string, startMs: number, call: 'verify' | 'refresh') => {
    const said = { subject: 's', input: 'a1', status: 200, output: '' };
    const ended = { server: 'one', startMs: 0, endMs: 5 };
    const operations: Operation[] = [
      { ...said, call: 'logout', start: 1, end: 2, asked: ended },
      { ...said, call, start: 3, end: 4, asked: { server, startMs, endMs: startMs + 1 } },
    ];
    return findViolations({ operations, restartedAt: 10 }).length;
  };
  assert.equal(violationsAt('two', 900, 'verify'), 0);
  assert.equal(violationsAt('two', 1_006, 'verify'), 1);
  assert.equal(violationsAt('one', 6, 'verify'), 1);
  assert.equal(violationsAt('two', 6, 'refresh'), 1, 'that comes from the database');
});
