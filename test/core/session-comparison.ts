/** One server and the oracle of its sessions, side by side: each command is given to both. */

import assert from 'node:assert/strict';
import type { Config } from '../../src/config.ts';
import type { SecurityEvent } from '../../src/core/events.ts';
import type { TokenPair } from '../../src/core/session-tokens.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { sqlIn } from '../support/test-database.ts';
import { type Issued, SessionOracle } from './session-oracle.ts';

const ORIGIN = {
  address: '198.51.100.7',
  addressKey: '198.51.100.7',
  requestId: 'r',
  userAgent: '',
};
export const NAMES = ['maria', 'bertold'];
const PASSWORD = 'correct horse';

export type Command =
  | { kind: 'sign_in'; user: number; isRight: boolean }
  | { kind: 'refresh' | 'verify'; token: number }
  | { kind: 'sign_out'; access: number | null; refresh: number | null }
  | { kind: 'replace_password' | 'switch_user'; user: number }
  | { kind: 'advance'; ms: number }
  | { kind: 'restart' | 'purge' };

export class SessionComparison {
  readonly #config: Config;
  readonly #clock = new FakeClock();
  readonly #engine = new FastPasswordEngine();
  readonly #events: SecurityEvent[] = [];
  readonly #oracle: SessionOracle;
  #opened: Sallyport | null = null;

  private constructor(config: Config, oracle: SessionOracle) {
    this.#config = config;
    this.#oracle = oracle;
  }

  get #server(): Sallyport {
    if (this.#opened === null) throw new Error('the server is not open');
    return this.#opened;
  }

  static async start(config: Config): Promise<SessionComparison> {
    const oracle = new SessionOracle(
      {
        accessTtlSeconds: config.ACCESS_TOKEN_EXPIRY * 60,
        refreshTtlSeconds: config.REFRESH_TOKEN_EXPIRY * 3600,
        maxAgeSeconds: config.SESSION_MAX_AGE_DAYS * 86_400,
        graceSeconds: config.REFRESH_GRACE_SECONDS,
      },
      NAMES,
      PASSWORD,
    );
    const comparison = new SessionComparison(config, oracle);
    await comparison.#open();
    for (const username of NAMES) {
      const account = {
        username,
        password: PASSWORD,
        role: 'STANDARD',
        origin: 'operator',
      } as const;
      await comparison.#server.users.create(account);
    }
    return comparison;
  }

  async #open(): Promise<void> {
    const recorder = { record: (event: SecurityEvent) => void this.#events.push(event) };
    const replacements = { clock: this.#clock, passwordEngine: this.#engine };
    this.#opened = await openSallyport(this.#config, recorder, replacements);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async run(step: Command): Promise<void> {
    switch (step.kind) {
      case 'sign_in':
        return this.#signIn(step.user, step.isRight);
      case 'refresh':
        return this.#refresh(this.#tokenAt(step.token));
      case 'verify':
        return this.#verify(this.#tokenAt(step.token));
      case 'sign_out':
        return this.#signOut(this.#tokenAt(step.access), this.#tokenAt(step.refresh));
      case 'replace_password':
        return this.#replacePassword(step.user);
      case 'switch_user':
        return this.#switchUser(step.user);
      case 'advance':
        return this.#clock.advanceMs(step.ms);
      case 'purge':
        await this.#server.maintenance.purge();
        return this.#oracle.purge(this.#clock.nowMs());
      case 'restart':
        await this.#server.close();
        return this.#open();
    }
  }

  #tokenAt(index: number | null): Issued | null {
    const { issued } = this.#oracle;
    if (index === null || issued.length === 0) return null;
    return issued[issued.length - 1 - (index % issued.length)] ?? null;
  }

  #userAt(index: number) {
    const found = this.#oracle.users[index];
    if (found === undefined) throw new Error('there is no such user');
    return found;
  }

  async #signIn(index: number, isRight: boolean): Promise<void> {
    const account = this.#userAt(index);
    const password = isRight ? account.password : 'wrong horse';
    const expected = this.#oracle.signIn(account, password, this.#clock.nowMs());
    const pair = await refusedAsNull(
      this.#server.sessions.signIn(account.name, password, ORIGIN),
      'credentials_invalid',
    );
    this.#compareIssued(pair, expected);
  }

  async #refresh(presented: Issued | null): Promise<void> {
    if (presented?.texts == null) return;
    const expected = this.#oracle.refresh(presented, this.#clock.nowMs());
    const pair = await refusedAsNull(
      this.#server.sessions.refresh(presented.texts.refresh, ORIGIN),
      'refresh_token_invalid',
    );
    assert.equal(this.#events.at(-1)?.name, expected.event);
    this.#compareIssued(pair, expected.issued);
  }

  async #verify(presented: Issued | null): Promise<void> {
    if (presented?.texts == null) return;
    const isValid = this.#oracle.verify(presented, this.#clock.nowMs());
    const verified = await this.#server.sessions.verifyAccessToken(presented.texts.access);
    assert.equal(verified?.username, isValid ? presented.session.user.name : undefined);
    const swapped = await this.#server.sessions.verifyAccessToken(presented.texts.refresh);
    assert.equal(swapped, null, 'a refresh token passed as an access token');
  }

  async #signOut(access: Issued | null, refresh: Issued | null): Promise<void> {
    const expected = this.#oracle.signOut(access, refresh, this.#clock.nowMs());
    const presented = {
      ...(access?.texts && { accessToken: access.texts.access }),
      ...(refresh?.texts && { refreshToken: refresh.texts.refresh }),
    };
    const signedOut = this.#server.sessions.signOut(presented, ORIGIN).then(() => true);
    assert.equal((await refusedAsNull(signedOut, 'bearer_invalid')) === true, expected);
  }

  async #replacePassword(index: number): Promise<void> {
    const account = this.#userAt(index);
    const password = `${account.password}!`;
    const expected = this.#oracle.replacePassword(account, password);
    assert.equal(await this.#server.users.setPassword(account.name, password), expected);
  }

  async #switchUser(index: number): Promise<void> {
    const account = this.#userAt(index);
    account.isEnabled = !account.isEnabled;
    const values = [account.isEnabled ? 1 : 0, account.name];
    const sql = 'update users set is_enabled = ? where username = ?';
    await sqlIn(this.#config.DATA_DIR, sql, values);
  }

  /** A successor that was issued before must come again byte for byte; a new one must say this. */
  #compareIssued(pair: TokenPair | null, expected: Issued | null): void {
    assert.equal(pair === null, expected === null);
    if (pair === null || expected === null) return;
    const texts = { access: pair.accessToken, refresh: pair.refreshToken };
    assert.equal(pair.expiresAt, expected.accessExp);
    if (expected.texts !== null) {
      assert.deepEqual(texts, expected.texts);
      return;
    }
    for (const [type, text] of Object.entries(texts)) {
      const { user_id: _, sid: __, ...claims } = claimsOf(text);
      assert.deepEqual(claims, {
        username: expected.session.user.name,
        role: 'STANDARD',
        token_type: type,
        iss: 'Vega AI',
        sub: expected.session.user.name,
        iat: expected.issuedAt,
        exp: type === 'access' ? expected.accessExp : expected.refreshExp,
        gen: expected.generation,
      });
    }
    const earlier = this.#oracle.issued.some((other) => other.texts?.refresh === texts.refresh);
    assert.ok(!earlier, 'a new token has the text of an earlier one');
    expected.texts = texts;
  }
}

function claimsOf(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

async function refusedAsNull<T>(call: Promise<T>, code: string): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && error.message === code) return null;
    throw error;
  }
}
