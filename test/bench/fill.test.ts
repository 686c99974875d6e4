/** What a fill makes: rows that the server could have made, in numbers that were asked for. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FillOptionFault, readFillOptions } from '../../bench/fill/fill-options.ts';
import { readSessionPairs } from '../../bench/fill/filled-sessions.ts';
import {
  FillCancelled,
  fillInstallation,
  isChosen,
  NotEmptyFault,
} from '../../bench/fill/filling.ts';
import {
  type Scene,
  seededDraws,
  sessionRows,
  usernameOf,
} from '../../bench/fill/generated-rows.ts';
import { readConfig } from '../../src/config.ts';
import type { PasswordHash } from '../../src/core/ports.ts';
import { brokenUsernameRule, usernameKey } from '../../src/core/usernames.ts';
import { openSallyport } from '../../src/wiring.ts';
import { LIFETIMES } from '../storage/samples.ts';

const NOW_MS = 1_800_000_000_000;
const PLAN = { users: 300, accessTokens: 200, usersWithSessions: 150, keptAccessTokens: 20 };
const ADDRESS = { address: '', addressKey: '', requestId: '', userAgent: '' };

function scene(draw = seededDraws(1)): Scene {
  const password = { hash: 'hash' as PasswordHash, kind: 'bcrypt:10' };
  return { nowMs: NOW_MS, lifetimes: LIFETIMES, password, draw };
}

function configIn(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-fill-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { config } = readConfig({ DATA_DIR: folder });
  assert.ok(config !== null);
  return { config, folder };
}

function progress(end = new AbortController()) {
  const shares: number[] = [];
  return { shares, report: (share: number) => void shares.push(share), end: end.signal };
}

test('generated names are allowed, differ from each other, and do not come in the order of keys', () => {
  const names = Array.from({ length: 2_000 }, (_, index) => usernameOf(index));
  assert.deepEqual(
    names.filter((name) => brokenUsernameRule(name) !== null),
    [],
  );
  const keys = names.map(usernameKey);
  assert.equal(new Set(keys).size, names.length);
  assert.notDeepEqual(keys.slice(0, 50), keys.slice(0, 50).toSorted());
  assert.equal(brokenUsernameRule(usernameOf(100_000_000)), null);
});

test('a generated session lives, unless its user is disabled', () => {
  const owner = { id: 1, role: 'STANDARD', isEnabled: true } as const;
  for (const place of [0, 0.5, 0.99]) {
    const [live] = sessionRows({ ...owner, place }, scene(), () => 'id');
    assert.ok(live !== undefined);
    assert.equal(live.ended_at_ms, null);
    assert.ok(live.created_at_ms <= live.rotated_at_ms && live.rotated_at_ms <= NOW_MS);
    assert.ok(live.access_expires_at_s * 1000 > NOW_MS);
    assert.ok(live.refresh_expires_at_s >= live.access_expires_at_s);
  }
  const ofDisabled = sessionRows({ ...owner, place: 0, isEnabled: false }, scene(), () => 'id');
  assert.deepEqual(
    ofDisabled.map(({ ended_at_ms: endedAtMs }) => endedAtMs !== null),
    [true],
  );
});

test('a series of draws is the same for the same seed, and fills the range', () => {
  const [one, same] = [seededDraws(7), seededDraws(7)];
  const draws = Array.from({ length: 1_000 }, () => one());
  assert.deepEqual(
    draws,
    Array.from({ length: 1_000 }, () => same()),
  );
  assert.ok(draws.every((draw) => draw >= 0 && draw < 1));
  assert.ok(Math.min(...draws) < 0.05 && Math.max(...draws) > 0.95);
});

test('exactly as many are chosen as were asked for, evenly', () => {
  for (const chosen of [0, 1, 7, 99, 100]) {
    const indexes = Array.from({ length: 100 }, (_, index) => index);
    const found = indexes.filter((index) => isChosen(index, chosen, 100));
    assert.equal(found.length, chosen);
    const inFirstHalf = found.filter((index) => index < 50).length;
    assert.ok(Math.abs(inFirstHalf - chosen / 2) <= 1);
  }
});

test('a filled installation is one that the server knows as its own', async (t) => {
  const { config } = configIn(t);
  const told = progress();
  const filled = await fillInstallation(config, PLAN, told);
  assert.equal(told.shares.at(-1), 1);
  const pairs = await readSessionPairs(config, 10);
  const sallyport = await openSallyport(config, { record: () => undefined });
  t.after(() => sallyport.close());
  const counts = await sallyport.repository.countEverything();
  assert.equal(counts.users.total, PLAN.users);
  assert.equal(counts.accessTokens.total, PLAN.accessTokens);
  assert.ok(counts.liveSessions > 100 && counts.liveSessions <= PLAN.usersWithSessions);
  assert.equal(filled.keptAccessTokens.length, PLAN.keptAccessTokens);
  for (const raw of filled.keptAccessTokens) {
    const token = await sallyport.accessTokens.authenticate(raw);
    assert.equal(token?.permissions, 7);
    assert.equal(token.expiresAtMs, null);
  }
  assert.equal(pairs.length, 10);
  for (const { accessToken, refreshToken } of pairs) {
    assert.ok(await sallyport.sessions.verifyAccessToken(accessToken));
    assert.ok(await sallyport.sessions.refresh(refreshToken, ADDRESS));
  }
});

test('only what is empty is filled, and nothing else is touched', async (t) => {
  const { config, folder } = configIn(t);
  const file = join(folder, 'sallyport.db');
  writeFileSync(file, '');
  await assert.rejects(fillInstallation(config, PLAN, progress()), NotEmptyFault);
  assert.ok(!existsSync(join(folder, 'server_params.btr')));
});

test('a fill that is told to end says that it is not complete', async (t) => {
  const { config } = configIn(t);
  const end = new AbortController();
  end.abort();
  await assert.rejects(fillInstallation(config, PLAN, progress(end)), FillCancelled);
});

test('what is asked of a fill is a whole number within bounds', () => {
  const asked = readFillOptions(['--users', '500', '--tokens', '20', '--keep', '3']);
  assert.ok(asked.action === 'fill');
  assert.deepEqual(asked.plan, {
    users: 500,
    usersWithSessions: 500,
    accessTokens: 20,
    keptAccessTokens: 3,
  });
  for (const wrong of [
    ['--users', '0'],
    ['--users', '1e6'],
    ['--users', '10', '--sessions', '11'],
    ['--tokens', '5', '--keep', '6'],
    ['--everything'],
  ]) {
    assert.throws(() => readFillOptions(wrong), FillOptionFault, wrong.join(' '));
  }
});
