/** Conformance: the counts of everything there is. */

import assert from 'node:assert/strict';
import {
  accessTokenInput,
  addUser,
  adminInput,
  DAY_MS,
  ORIGIN,
  openSession,
  userInput,
} from './samples.ts';
import type { OpenStore } from './store.ts';
import { testsWith } from './with-store.ts';

export function conformsInCounts(openStore: OpenStore): void {
  const test = testsWith(openStore);

  test('nothing is counted in an empty store', async (store) => {
    assert.deepEqual(await store.repository.countEverything(), {
      users: { total: 0, enabled: 0, enabledAdmins: 0 },
      liveSessions: 0,
      accessTokens: { total: 0, expired: 0, expiringWithinWeek: 0 },
      hasBuiltInAdmin: false,
      isAuthEnabled: true,
      signIns: { succeededLastDay: 0, failedLastDay: 0, failedLastHour: 0, limitedLastDay: 0 },
    });
  });

  test('users, live sessions, tokens and the sign-ins of a day are counted', async (store) => {
    const { repository } = store;
    const fail = () =>
      repository.recordRefusal({ name: 'session.sign_in_failed', origin: ORIGIN, nameHash: 'h' });
    const maria = await addUser(store, 'maria');
    const bert = await addUser(store, 'bert');
    await openSession(store, maria, { sessionId: 'of the day before' });
    await fail();
    store.advanceMs(7 * DAY_MS);
    await repository.createOnlyAdmin(adminInput('admin'));
    await repository.setAuthEnabled({ isEnabled: false, by: {} });
    for (const name of ['anna', 'emil']) {
      await repository.createUser({ ...userInput(name), role: 'ADMIN' });
    }
    const change = { expectedVersion: null, mayTouchAdmins: true, isEnabled: false, by: {} };
    await repository.changeUser({ ...change, userId: 4 });
    await repository.changeUser({ ...change, userId: bert.id });
    await openSession(store, maria, { sessionId: 'live' });
    await openSession(store, maria, { sessionId: 'ended' });
    const end = { sessionId: 'ended', mayTouchAdmins: true, by: {} };
    await repository.endManagedSession(end);
    await repository.recordRefusal({ name: 'admin.sign_in_failed', origin: ORIGIN });
    const limited = { name: 'sign_in.limited', origin: ORIGIN, limitKey: 'k' } as const;
    await repository.recordRefusal(limited);
    store.advanceMs(2 * 3_600_000);
    await fail();
    const lifetimes = { short: 1, week: 7 * 86_400, 'more than a week': 7 * 86_400 + 10 };
    for (const [name, expiresInSeconds] of Object.entries(lifetimes)) {
      await repository.createAccessToken(accessTokenInput(name, { expiresInSeconds }));
    }
    await repository.createAccessToken(accessTokenInput('for ever'));
    store.advanceMs(2_000);
    assert.deepEqual(await repository.countEverything(), {
      users: { total: 4, enabled: 2, enabledAdmins: 1 },
      liveSessions: 1,
      accessTokens: { total: 4, expired: 1, expiringWithinWeek: 1 },
      hasBuiltInAdmin: true,
      isAuthEnabled: false,
      signIns: { succeededLastDay: 2, failedLastDay: 2, failedLastHour: 1, limitedLastDay: 1 },
    });
  });
}
