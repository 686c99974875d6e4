/**
 * Console sessions against a model: any sequence of sign-ins, uses, confirmations, sign-outs, new
 * passwords, disabled and demoted users, clock steps, purges and restarts leaves exactly those
 * sessions alive that the model says.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Config } from '../../src/config.ts';
import { isRefusal } from '../../src/core/errors.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { testConfig } from '../support/test-config.ts';
import { forgetPlace, placeSettings } from '../support/test-database.ts';

const ORIGIN = { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: 'a test' };
const BY = { actor: { kind: 'admin' }, origin: ORIGIN } as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Written down again on purpose: they are what the documentation promises. */
const [IDLE_MS, MAX_AGE_MS, TOUCH_MS] = [HOUR_MS, 12 * HOUR_MS, MINUTE_MS];

/** The built-in admin is holder 0, users are the others. */
const NAMES = [null, 'maria', 'bertold'] as const;

type Command =
  | { kind: 'sign_in'; holder: number; isRight: boolean }
  | { kind: 'use' | 'look' | 'end'; session: number }
  | { kind: 'confirm'; session: number; isRight: boolean }
  | { kind: 'new_password' | 'disable' | 'enable' | 'demote' | 'promote'; holder: number }
  | { kind: 'end_all_of'; holder: number }
  | { kind: 'advance'; ms: number }
  | { kind: 'purge' | 'restart' };

interface ModelSession {
  readonly secret: string;
  readonly sessionId: string;
  readonly holder: number;
  readonly createdAtMs: number;
  lastSeenAtMs: number;
  passwordEnteredAtMs: number;
  hasEnded: boolean;
}

class Comparison {
  readonly #config: Config;
  readonly #clock = new FakeClock();
  readonly #engine = new FastPasswordEngine();
  readonly #passwords = NAMES.map((_, holder) => `First password ${holder}!`);
  readonly #mayHave = NAMES.map(() => ({ isEnabled: true, isAdmin: true }));
  readonly #sessions: ModelSession[] = [];
  #opened: Sallyport | null = null;

  constructor(config: Config) {
    this.#config = config;
  }

  get #server(): Sallyport {
    if (this.#opened === null) throw new Error('the server is not open');
    return this.#opened;
  }

  async open(): Promise<void> {
    const replacements = { clock: this.#clock, passwordEngine: this.#engine };
    this.#opened = await openSallyport(this.#config, { record: () => undefined }, replacements);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async begin(): Promise<void> {
    await this.open();
    const { admin, users } = this.#server;
    await admin.create(this.#passwordOf(0));
    const role = 'ADMIN';
    for (const [holder, username] of NAMES.entries()) {
      if (username === null) continue;
      await users.create({
        username,
        password: this.#passwordOf(holder),
        role,
        origin: 'operator',
      });
    }
    // The last enabled one could be neither disabled nor demoted.
    await users.create({ username: 'stays', password: 'a password', role, origin: 'operator' });
  }

  #passwordOf(holder: number): string {
    return this.#passwords[holder] ?? '';
  }

  #isLive(session: ModelSession): boolean {
    const nowMs = this.#clock.nowMs();
    const isOver =
      nowMs >= session.createdAtMs + MAX_AGE_MS || nowMs >= session.lastSeenAtMs + IDLE_MS;
    return !session.hasEnded && !isOver;
  }

  /** Counted from the newest back. */
  #sessionAt(index: number): ModelSession | undefined {
    return this.#sessions.at(-1 - index);
  }

  #endAllOf(holder: number): void {
    for (const session of this.#sessions) if (session.holder === holder) session.hasEnded = true;
  }

  async run(command: Command): Promise<void> {
    await this.#do(command);
    const listed = await this.#server.consoleSessions.list();
    const live = this.#sessions.filter((session) => this.#isLive(session));
    const ids = (of: readonly { sessionId: string }[]) => of.map((one) => one.sessionId).sort();
    assert.deepEqual(ids(listed), ids(live), `after ${JSON.stringify(command)}`);
  }

  async #do(command: Command): Promise<void> {
    switch (command.kind) {
      case 'sign_in':
        return this.#signIn(command.holder, command.isRight);
      case 'use':
      case 'look':
        return this.#find(command.kind, this.#sessionAt(command.session));
      case 'confirm':
        return this.#confirm(this.#sessionAt(command.session), command.isRight);
      case 'end':
        return this.#end(this.#sessionAt(command.session));
      case 'advance':
        return this.#clock.advanceMs(command.ms);
      case 'purge':
        return void (await this.#server.maintenance.purge());
      case 'restart':
        await this.close();
        return this.open();
      case 'new_password':
        return this.#setPassword(command.holder);
      default:
        return this.#changeHolder(command.kind, command.holder);
    }
  }

  async #signIn(holder: number, isRight: boolean): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const username = NAMES[holder] ?? null;
    const password = isRight ? this.#passwordOf(holder) : 'a wrong guess';
    const { isEnabled, isAdmin } = this.#mayHave[holder] ?? { isEnabled: false, isAdmin: false };
    const signingIn = this.#server.consoleSessions.signIn({ username, password }, ORIGIN);
    if (!isRight || !isEnabled || !isAdmin) {
      await assert.rejects(signingIn, (error) => isRefusal(error, 'credentials_invalid'));
      return;
    }
    const { secret, live } = await signingIn;
    const { sessionId } = live.session;
    const times = { createdAtMs: nowMs, lastSeenAtMs: nowMs, passwordEnteredAtMs: nowMs };
    this.#sessions.push({ secret, sessionId, holder, ...times, hasEnded: false });
  }

  async #find(how: 'use' | 'look', session: ModelSession | undefined): Promise<void> {
    if (session === undefined) return;
    const { consoleSessions } = this.#server;
    const found = await (how === 'use'
      ? consoleSessions.find(session.secret)
      : consoleSessions.look(session.secret));
    const isLive = this.#isLive(session);
    assert.equal(found !== null, isLive);
    const nowMs = this.#clock.nowMs();
    if (how === 'use' && isLive && nowMs - session.lastSeenAtMs >= TOUCH_MS) {
      session.lastSeenAtMs = nowMs;
    }
    if (found === null) return;
    const { lastSeenAtMs, passwordEnteredAtMs, holder, username } = found.session;
    assert.equal(lastSeenAtMs, session.lastSeenAtMs);
    assert.equal(passwordEnteredAtMs, session.passwordEnteredAtMs);
    assert.equal(holder.kind, session.holder === 0 ? 'admin' : 'user');
    assert.equal(username, NAMES[session.holder] ?? 'admin');
  }

  async #confirm(session: ModelSession | undefined, isRight: boolean): Promise<void> {
    const { consoleSessions } = this.#server;
    const found = session === undefined ? null : await consoleSessions.look(session.secret);
    if (session === undefined || found === null) return;
    const password = isRight ? this.#passwordOf(session.holder) : 'a wrong guess';
    const confirming = consoleSessions.confirm(found.session, password, ORIGIN);
    if (!isRight) {
      await assert.rejects(confirming, (error) => isRefusal(error, 'credentials_invalid'));
      return;
    }
    await confirming;
    session.passwordEnteredAtMs = this.#clock.nowMs();
    session.lastSeenAtMs = this.#clock.nowMs();
  }

  async #end(session: ModelSession | undefined): Promise<void> {
    if (session === undefined) return;
    const { sessionId } = session;
    const ended = await this.#server.consoleSessions.end(sessionId, 'ended_by_operator', BY);
    assert.equal(ended, this.#isLive(session));
    session.hasEnded = true;
  }

  async #setPassword(holder: number): Promise<void> {
    const password = `${this.#passwordOf(holder)}+`.slice(-60);
    this.#passwords[holder] = password;
    const username = NAMES[holder] ?? null;
    if (username === null) await this.#server.admin.resetPassword(password);
    else await this.#server.users.setPassword(username, password);
    this.#endAllOf(holder);
  }

  async #changeHolder(
    kind: 'disable' | 'enable' | 'demote' | 'promote' | 'end_all_of',
    holder: number,
  ): Promise<void> {
    const username = NAMES[holder] ?? null;
    const state = this.#mayHave[holder];
    if (username === null || state === undefined) return;
    const { operations } = this.#server;
    const userId = (await operations.findUserByName(username))?.id ?? 0;
    if (kind === 'end_all_of') {
      await operations.endSessionsOfUser({ userId, by: BY });
    } else {
      const change = { userId, expectedVersion: null, by: BY };
      if (kind === 'disable' || kind === 'enable') state.isEnabled = kind === 'enable';
      else state.isAdmin = kind === 'promote';
      const role = state.isAdmin ? 'ADMIN' : 'STANDARD';
      await operations.changeUser({ ...change, isEnabled: state.isEnabled, role });
    }
    if (kind !== 'enable' && kind !== 'promote') this.#endAllOf(holder);
  }
}

const holder = fc.nat(NAMES.length - 1);
const isRight = fc.integer({ min: 0, max: 5 }).map((die) => die > 0);
const session = fc.oneof({ weight: 4, arbitrary: fc.nat(2) }, fc.nat(12));
const steps = [1, 29_999, TOUCH_MS - 1, TOUCH_MS, IDLE_MS - 1, IDLE_MS - TOUCH_MS, IDLE_MS];

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('sign_in' as const), holder, isRight }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('use' as const, 'use' as const, 'look' as const, 'end' as const),
      session,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('confirm' as const), session, isRight }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'new_password' as const,
        'disable' as const,
        'enable' as const,
        'demote' as const,
        'promote' as const,
        'end_all_of' as const,
      ),
      holder,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(...steps) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('purge' as const, 'restart' as const) }),
  },
);

/** Opening a database costs ten times as much there, and the transitions are the same. */
const RUNS = process.env.TEST_DATABASE === 'postgres' ? 15 : 60;
/** Limits are another test's matter. */
const UNLIMITED = { LOGIN_FAILURES_PER_MINUTE: '1000', ACCOUNT_FAILURES_PER_MINUTE: '1000' };

test('those console sessions live that the model says', async () => {
  const commands = fc.array(command, { minLength: 5, maxLength: 50, size: 'max' });
  const property = fc.asyncProperty(commands, async (list) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-console-model-'));
    const config = testConfig({ ...(await placeSettings(folder)), ...UNLIMITED });
    const comparison = new Comparison(config);
    await comparison.begin();
    try {
      for (const one of list) await comparison.run(one);
    } finally {
      await comparison.close();
      await forgetPlace(folder);
      rmSync(folder, { recursive: true, force: true });
    }
  });
  await fc.assert(property, { numRuns: RUNS });
});
