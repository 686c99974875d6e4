/** Conformance: what the audit trail has of sessions of the console. */

import assert from 'node:assert/strict';
import { enteredBy } from './conformance-audit.ts';
import { ADMIN, addManager, openConsole, openInput } from './conformance-console-sessions.ts';
import { adminInput, ORIGIN } from './samples.ts';
import type { OpenStore } from './store.ts';
import { testsWith } from './with-store.ts';

export function conformsInConsoleAudit(openStore: OpenStore): void {
  const test = testsWith(openStore);

  test('the trail has each sign-in to the console, each confirmation and each end', async (store) => {
    const { repository } = store;
    await repository.createOnlyAdmin(adminInput('first'));
    const user = await addManager(store);
    const maria = { actor: { kind: 'user', id: user.id }, origin: ORIGIN } as const;
    const about = { ...maria, subject: user.id, sessionId: 'of maria' };
    const entered = await enteredBy(store, async () => {
      await openConsole(store, ADMIN, 'of admin');
      await openConsole(store, { kind: 'user', userId: user.id }, 'of maria');
      await repository.confirmConsoleSession(await openInput(store, ADMIN, 'of admin'));
      await repository.recordRefusal({ name: 'console.confirmation_failed', ...about });
      const end = { sessionId: 'of maria', reason: 'signed_out', by: maria } as const;
      await repository.endConsoleSession(end);
      await repository.endConsoleSession(end);
      const by = { ...end, sessionId: 'of admin', reason: 'ended_by_operator' } as const;
      await repository.endConsoleSession(by);
      await repository.touchConsoleSession('of admin');
    });
    assert.deepEqual(entered, [
      'admin: admin.signed_in, console, on admin',
      `user ${user.id}: session.signed_in, console, on ${user.id}`,
      'admin: console.confirmed, on admin',
      `user ${user.id}: console.confirmation_failed, on ${user.id}`,
      `user ${user.id}: console.ended, signed_out, on ${user.id}`,
      `user ${user.id}: console.ended, ended_by_operator, on admin`,
    ]);
  });
}
