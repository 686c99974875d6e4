/** What failed commands say, for failures that are hard to bring about from outside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFailure, reportFailure } from '../../src/cli/failures.ts';
import { SallyportError } from '../../src/core/errors.ts';
import { fakeContext } from '../support/fake-command-context.ts';

function said(error: unknown, options: { isDebugging?: boolean; isJson?: boolean } = {}) {
  const context = fakeContext(options);
  const failure = explainFailure(error, context);
  assert.ok(failure);
  reportFailure(context, options.isJson ?? false, failure);
  return { exitCode: failure.exitCode, stderr: context.written.stderr };
}

test('storage that fails is named with the reason', () => {
  const error = new SallyportError('storage_unavailable', {}, new Error('disk I/O error'));
  const { stderr, exitCode } = said(error);
  assert.equal(exitCode, 1);
  assert.match(stderr, /The database in \/srv\/sallyport cannot be read or written; check/);
  assert.match(stderr, /The reason: disk I\/O error\./);
});

test('a limit says when to try again', () => {
  const { stderr } = said(new SallyportError('password_checks_busy', { retryAfterSeconds: 3 }));
  assert.match(stderr, /try again in 3 s\.\n$/);
});

test('an unexpected error is one line and a hint', () => {
  const { stderr, exitCode } = said(new TypeError('x is not\na function\x1b[31m'));
  assert.equal(exitCode, 1);
  assert.equal(
    stderr,
    'sallyport: unexpected error: x is not a function\\u{1b}[31m\n' +
      'sallyport: This is a fault of Sallyport; LOG_LEVEL=debug shows where it happened.\n',
  );
});

test('an unexpected error shows its stack to those who asked for it', () => {
  assert.match(
    said(new TypeError('boom'), { isDebugging: true }).stderr,
    /at .*failures\.test\.ts/,
  );
});

test('anything that was thrown is one JSON object when asked for', () => {
  for (const error of [new Error('boom'), 'boom', { messages: 'none' }, undefined]) {
    const { stderr } = said(error, { isJson: true });
    assert.equal(JSON.parse(stderr).error.code, 'unexpected');
    assert.equal(stderr.split('\n').length, 2);
  }
});
