/** The bar fills on a terminal, goes away at the end, and is nowhere else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProgressBar } from '../../src/cli/progress-bar.ts';
import { fakeContext } from '../support/fake-command-context.ts';

function contextOnTerminal(isTTY: boolean) {
  const context = fakeContext();
  Object.assign(context.stderr, { isTTY });
  return context;
}

test('on a terminal the bar fills and is taken away', () => {
  const context = contextOnTerminal(true);
  const bar = startProgressBar(context, 'Copying', true);
  for (const share of [0, 0.5, 0.501, 1]) bar.show(share);
  bar.end();
  const [, empty, half, full, gone] = context.written.stderr.split('\r');
  assert.equal(empty, `Copying [${'.'.repeat(30)}]   0 %`);
  assert.equal(half, `Copying [${'#'.repeat(15)}${'.'.repeat(15)}]  50 %`);
  assert.equal(full, `Copying [${'#'.repeat(30)}] 100 %`);
  assert.equal(gone, '\u001b[K');
  assert.equal(context.written.stdout, '');
});

test('there is no bar where nobody looks or an answer in JSON is wanted', () => {
  for (const [isTTY, isWanted] of [
    [false, true],
    [true, false],
  ] as const) {
    const context = contextOnTerminal(isTTY);
    const bar = startProgressBar(context, 'Copying', isWanted);
    bar.show(0.5);
    bar.end();
    assert.equal(context.written.stderr, '');
  }
});
