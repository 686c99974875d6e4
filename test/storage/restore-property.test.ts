/**
 * Nothing works after a restore that did not work just before it: whatever happened before the
 * backup and after it, in any order. The model is what works at that moment.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sallyport } from '../../src/wiring.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import {
  alter,
  type BackupFolder,
  BY,
  backUp,
  Credentials,
  newBackupFolder,
  query,
  restore,
  use,
} from './backup-folder.ts';
import { ORIGIN } from './params-folder.ts';

type Step = readonly [
  kind:
    | 'create user'
    | 'create admin user'
    | 'delete user'
    | 'disable user'
    | 'enable user'
    | 'demote user'
    | 'promote user'
    | 'set password'
    | 'sign in'
    | 'create token'
    | 'rotate token'
    | 'rotate token with overlap'
    | 'end overlap'
    | 'delete token'
    | 'auth off'
    | 'auth on'
    | 'reset admin'
    | 'sign in admin',
  which: number,
];

const KINDS = [
  'create user',
  'create admin user',
  'delete user',
  'disable user',
  'enable user',
  'demote user',
  'promote user',
  'set password',
  'sign in',
  'create token',
  'rotate token',
  'rotate token with overlap',
  'end overlap',
  'delete token',
  'auth off',
  'auth on',
  'reset admin',
  'sign in admin',
] as const satisfies readonly Step[0][];

const aStep: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...KINDS), fc.nat(3));
const RUNS = 25;

/** Deeds on one folder; each knows all that was ever given to anybody. */
class Deeds {
  readonly held = new Credentials();
  readonly #folder: BackupFolder;
  #count = 0;

  constructor(folder: BackupFolder) {
    this.#folder = folder;
    this.held.adminPasswords.push(ADMIN_PASSWORD);
  }

  async run(opened: Sallyport, [kind, which]: Step): Promise<void> {
    this.#count += 1;
    const { held } = this;
    const name = `user ${which}`;
    const sql = (text: string) => alter(this.#folder.database, text, name);
    switch (kind) {
      case 'create user':
        return held.createUser(opened, name, 'STANDARD').catch(() => undefined);
      case 'create admin user':
        return held.createUser(opened, name, 'ADMIN').catch(() => undefined);
      case 'delete user':
        return sql('delete from users where username = ?');
      case 'disable user':
        return sql('update users set is_enabled = 0 where username = ?');
      case 'enable user':
        return sql('update users set is_enabled = 1 where username = ?');
      case 'demote user':
        return sql("update users set role = 'STANDARD' where username = ?");
      case 'promote user':
        return sql("update users set role = 'ADMIN' where username = ?");
      case 'set password': {
        const password = `password number ${this.#count}`;
        return held.setPassword(opened, name, password).catch(() => undefined);
      }
      case 'sign in':
        return this.#signIn(opened, name);
      default:
        return this.#runForAdmin(opened, kind, which);
    }
  }

  async #runForAdmin(opened: Sallyport, kind: Step[0], which: number): Promise<void> {
    const { held } = this;
    const { accessTokens, admin, repository } = opened;
    switch (kind) {
      case 'create token':
        await held.createToken(opened, `token ${which}`);
        return;
      case 'rotate token':
        return held.rotateToken(opened, which + 1).catch(() => undefined);
      case 'rotate token with overlap':
        return held.rotateToken(opened, which + 1, 3_600).catch(() => undefined);
      case 'end overlap':
        await accessTokens.endOverlap({ id: which + 1, by: BY });
        return;
      case 'delete token':
        return accessTokens.delete(which + 1, BY).catch(() => undefined);
      case 'auth off':
      case 'auth on':
        await repository.setAuthEnabled({ isEnabled: kind === 'auth on', by: BY });
        return;
      case 'reset admin': {
        const password = `Secure-Password-${this.#count}`;
        await admin.resetPassword(password);
        held.adminPasswords.push(password);
        return;
      }
      default:
        held.adminJwts.push(await admin.signIn(held.adminPasswords.at(-1) ?? '', ORIGIN));
    }
  }

  async #signIn({ sessions }: Sallyport, name: string): Promise<void> {
    for (const { username, password } of this.held.passwords) {
      if (username !== name) continue;
      const pair = await sessions.signIn(username, password, ORIGIN).catch(() => null);
      if (pair !== null) this.held.pairs.push(pair);
    }
  }
}

interface Worked {
  readonly working: Set<string>;
  readonly isAuthEnabled: boolean;
}

async function lookAt(folder: BackupFolder, held: Credentials): Promise<Worked> {
  return use(folder, async (opened) => ({
    working: await held.findWorking(opened),
    isAuthEnabled: await opened.repository.isAuthEnabled(),
  }));
}

test('nothing works after a restore that did not work just before it', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { minLength: 3, maxLength: 12 }),
      fc.array(aStep, { maxLength: 12 }),
      fc.boolean(),
      async (before, since, restoresTwice) => {
        const folder = newBackupFolder(t);
        const deeds = new Deeds(folder);
        const runAll = (steps: readonly Step[]) =>
          use(folder, async (opened) => {
            if (!(await opened.admin.exists())) await opened.admin.create(ADMIN_PASSWORD);
            for (const step of steps) await deeds.run(opened, step);
          });
        await runAll(before);
        await backUp(folder);
        await runAll(since);
        const worked = await lookAt(folder, deeds.held);
        const trail = query(folder.database, 'select * from audit_events order by id');
        assert.equal((await restore(folder)).oldDatabase, 'continued');
        if (restoresTwice) await restore(folder);
        const kept = query(folder.database, 'select * from audit_events order by id');
        assert.deepEqual(kept.slice(0, trail.length), trail);
        const works = await lookAt(folder, deeds.held);
        const revived = [...works.working].filter((one) => !worked.working.has(one));
        assert.deepEqual(revived, []);
        assert.ok(works.isAuthEnabled || !worked.isAuthEnabled, 'enforcement went off');
        const alive = [...works.working].filter((one) => /^(session|admin JWT)/.test(one));
        assert.deepEqual(alive, []);
      },
    ),
    { numRuns: RUNS },
  );
});
