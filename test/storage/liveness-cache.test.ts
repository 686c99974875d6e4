/** The memory of answers by itself: what it keeps, what it forgets, and when it does not answer. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdminRecord, SessionLiveness } from '../../src/core/repository.ts';
import { LivenessCache } from '../../src/storage/liveness-cache.ts';
import { type LivenessChange, readChanges } from '../../src/storage/liveness-changes.ts';
import { FakeClock } from '../support/fake-clock.ts';

const CLOCK = new FakeClock();
const LIVE: SessionLiveness = {
  userId: 1,
  username: 'maria',
  role: 'STANDARD',
  isUserEnabled: true,
  endedAtMs: null,
  refreshExpiresAt: CLOCK.nowMs() / 1000 + 3_600,
};

/** A cache over a database that answers when it is told to. */
function setUp() {
  const state = { areKnown: true, asked: 0, session: LIVE as SessionLiveness | null };
  const answers: (() => void)[] = [];
  const tell: ((change: LivenessChange) => void)[] = [];
  const foreignChanges = {
    areKnown: () => state.areKnown,
    settle: async () => undefined,
    onChange: (listener: (change: LivenessChange) => void) => void tell.push(listener),
  };
  const cache = new LivenessCache({ foreignChanges, clock: CLOCK });
  const reads = cache.over({
    findSession: async () => {
      state.asked += 1;
      // As it was when it was looked at, whatever comes before the answer does.
      const { session } = state;
      await new Promise<void>((resolve) => answers.push(resolve));
      return session;
    },
    findAccessToken: async () => null,
    findAdmin: async () => null,
    isAuthEnabled: async () => true,
  });
  const answerAll = () => {
    for (const answer of answers.splice(0)) answer();
  };
  const find = async () => {
    const finding = reads.findSession('s1');
    answerAll();
    return finding;
  };
  return { state, cache, reads, answerAll, find };
}

test('a good answer is asked for once', async () => {
  const { state, find } = setUp();
  assert.deepEqual(await find(), LIVE);
  assert.deepEqual(await find(), LIVE);
  assert.equal(state.asked, 1);
});

test('what is kept can be had at once, and nothing else', async () => {
  const { state, cache, reads, find } = setUp();
  assert.equal(reads.recallSession('s1'), null);
  await find();
  assert.deepEqual(reads.recallSession('s1'), LIVE);
  assert.equal(reads.recallSession('s2'), null);
  state.areKnown = false;
  assert.equal(reads.recallSession('s1'), null);
  state.areKnown = true;
  assert.deepEqual(reads.recallSession('s1'), LIVE);
  cache.apply({ of: 'session', id: 's1' });
  assert.equal(reads.recallSession('s1'), null);
  assert.equal(state.asked, 1, 'recalling asks nobody');
});

test('bad news is asked for every time', async () => {
  const { state, find } = setUp();
  const expired = { ...LIVE, refreshExpiresAt: CLOCK.nowMs() / 1000 };
  for (const session of [
    null,
    { ...LIVE, endedAtMs: 5 },
    { ...LIVE, isUserEnabled: false },
    expired,
  ]) {
    state.session = session;
    state.asked = 0;
    assert.deepEqual(await find(), session);
    assert.deepEqual(await find(), session);
    assert.equal(state.asked, 2);
  }
});

test('an answer that was on its way when something changed is given and not kept', async () => {
  const { state, cache, reads, answerAll, find } = setUp();
  const onItsWay = reads.findSession('s1');
  state.session = { ...LIVE, endedAtMs: 5 };
  cache.apply({ of: 'session', id: 's1' });
  answerAll();
  assert.deepEqual(await onItsWay, LIVE);
  assert.deepEqual(await find(), state.session);
});

test('an answer that arrives when nothing is certain any more is not kept', async () => {
  const { state, reads, answerAll, find } = setUp();
  const onItsWay = reads.findSession('s1');
  state.areKnown = false;
  answerAll();
  await onItsWay;
  state.areKnown = true;
  await find();
  assert.equal(state.asked, 2);
});

test('while it is not known what others have done, every answer is asked for', async () => {
  const { state, find } = setUp();
  await find();
  state.areKnown = false;
  await find();
  await find();
  assert.equal(state.asked, 3);
});

test('a session that seems to have expired is looked up: it may have been prolonged', async () => {
  const { state, find } = setUp();
  await find();
  CLOCK.advanceSeconds(3_600);
  state.session = { ...LIVE, refreshExpiresAt: LIVE.refreshExpiresAt + 7_200 };
  assert.deepEqual(await find(), state.session);
  CLOCK.advanceSeconds(-3_600);
});

test('a change drops what it names and leaves the rest', async () => {
  const cases: [LivenessChange, number][] = [
    [{ of: 'session', id: 's1' }, 2],
    [{ of: 'session', id: 's2' }, 1],
    [{ of: 'user', id: 1 }, 2],
    [{ of: 'user', id: 2 }, 1],
    [{ of: 'access_token', id: 1 }, 1],
    [{ of: 'admin' }, 1],
    [{ of: 'auth_switch' }, 1],
    [{ of: 'everything' }, 2],
  ];
  for (const [change, asked] of cases) {
    const { state, cache, find } = setUp();
    await find();
    cache.apply(change);
    await find();
    assert.equal(state.asked, asked, JSON.stringify(change));
  }
});

test('a message that cannot be read may have said anything', () => {
  for (const text of ['', 'x', '{}', '"a"', '[']) {
    assert.deepEqual(readChanges(text), [{ of: 'everything' }]);
  }
  assert.deepEqual(readChanges('[{"of":"user","id":7}]'), [{ of: 'user', id: 7 }]);
});

test('what is kept is bounded, and the oldest goes first', async () => {
  const { state, reads, answerAll } = setUp();
  const find = async (id: string) => {
    const finding = reads.findSession(id);
    answerAll();
    await finding;
  };
  for (let i = 0; i <= 50_000; i += 1) await find(`s${i}`);
  state.asked = 0;
  await find('s50000');
  assert.equal(state.asked, 0);
  await find('s0');
  assert.equal(state.asked, 1);
});

test('a kept answer that does not suit is asked for anew, one that does is not', async () => {
  const foreignChanges = {
    areKnown: () => true,
    settle: async () => undefined,
    onChange: () => undefined,
  };
  let tokenGeneration = 1;
  let asked = 0;
  const reads = new LivenessCache({ foreignChanges, clock: CLOCK }).over({
    findSession: async () => null,
    findAccessToken: async () => null,
    findAdmin: async () => {
      asked += 1;
      return { passwordHash: 'hash', tokenGeneration } as AdminRecord;
    },
    isAuthEnabled: async () => true,
  });
  const isOf = (generation: number) => (admin: AdminRecord) => admin.tokenGeneration === generation;
  await reads.findAdmin(isOf(1));
  await reads.findAdmin(isOf(1));
  assert.equal(asked, 1);
  // Another server has changed it, and nobody has heard of it yet.
  tokenGeneration = 2;
  assert.equal((await reads.findAdmin(isOf(2)))?.tokenGeneration, 2);
  assert.equal(asked, 2);
  await reads.findAdmin(isOf(2));
  assert.equal(asked, 2);
});
