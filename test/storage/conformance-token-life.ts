/**
 * Conformance: the life of access tokens against a model. Any sequence of what operators do, of
 * time and of uses, on two servers that both keep answers, leaves exactly those values alive that
 * the model says.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AccessTokens } from '../../src/core/access-tokens.ts';
import { isRefusal } from '../../src/core/errors.ts';
import { HmacAccessTokenCodec } from '../../src/crypto/access-token-codec.ts';
import { BY } from './samples.ts';
import type { OpenStore, Store } from './store.ts';

const codec = new HmacAccessTokenCodec(Buffer.alloc(32, 9).toString('base64url'));

/** A value that was given out, and when it was last used as far as anybody has written it down. */
interface Value {
  readonly raw: string;
  usedAtMs: number | null;
}

interface ModelToken {
  readonly id: number;
  readonly expiresAtMs: number | null;
  name: string;
  isSuspended: boolean;
  isDeleted: boolean;
  current: Value;
  previous: (Value & { endsAtMs: number }) | null;
}

type Command =
  | { readonly kind: 'create'; readonly ttlS: number | null }
  | { readonly kind: 'rotate'; readonly which: number; readonly overlapS: number }
  | { readonly kind: 'end_overlap' | 'delete' | 'rename'; readonly which: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'suspend' | 'accept' | 'purge' };

const which = fc.nat(2);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      ttlS: fc.constantFrom(null, null, 5, 60),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('rotate' as const),
      which,
      overlapS: fc.constantFrom(0, 1, 30, 30, 3_600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('end_overlap' as const, 'delete' as const, 'rename' as const),
      which,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 999, 1_000, 4_500, 29_999, 30_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspend' as const, 'accept' as const, 'purge' as const),
    }),
  },
);
const step = fc.record({ command, isElsewhere: fc.boolean() });

interface Server {
  readonly repository: Store['repository'];
  readonly accessTokens: AccessTokens;
  readonly settled: () => Promise<void>;
}

class TokenLife {
  readonly #store: Store;
  readonly #servers: readonly Server[];
  readonly #tokens: ModelToken[] = [];
  /** Everything that was ever given out, with whose it is. */
  readonly #given: { readonly value: Value; readonly token: ModelToken }[] = [];

  private constructor(store: Store, servers: readonly Server[]) {
    this.#store = store;
    this.#servers = servers;
  }

  static async on(store: Store): Promise<TokenLife> {
    const clock = { nowMs: () => store.nowMs() };
    const servers = [store, await store.another()].map(({ repository, settled }) => ({
      repository,
      settled,
      accessTokens: new AccessTokens({ repository, codec, clock }),
    }));
    return new TokenLife(store, servers);
  }

  async follow({ command, isElsewhere }: { command: Command; isElsewhere: boolean }) {
    const server = this.#servers[isElsewhere ? 1 : 0];
    if (server === undefined) throw new Error('there are two servers');
    await this.#run(server, command);
    for (const one of this.#servers) await one.settled();
    for (const one of this.#servers) await this.#compareValues(one);
    await this.#compareRecords(server);
  }

  async #run({ accessTokens, repository }: Server, command: Command): Promise<void> {
    switch (command.kind) {
      case 'create':
        return this.#create(accessTokens, command.ttlS);
      case 'rotate':
        return this.#rotate(accessTokens, command);
      case 'advance':
        return this.#store.advanceMs(command.ms);
      case 'suspend':
        await repository.concludeRestore({ suspendsAccessTokens: true, by: BY });
        for (const token of this.#tokens) {
          if (!token.isSuspended) token.previous = null;
          token.isSuspended = true;
        }
        return;
      case 'accept':
        await accessTokens.acceptSuspended(BY);
        for (const token of this.#tokens) token.isSuspended = false;
        return;
      case 'purge':
        await repository.purgeExpired(100);
        return;
      default:
        return this.#change(accessTokens, command);
    }
  }

  async #create(accessTokens: AccessTokens, ttlS: number | null): Promise<void> {
    const input = { name: 'ci', description: '', permissions: 1, expiresInSeconds: ttlS };
    const { id, raw, expiresAtMs } = await accessTokens.create(input, BY);
    const token: ModelToken = {
      id,
      expiresAtMs,
      name: 'ci',
      isSuspended: false,
      isDeleted: false,
      current: { raw, usedAtMs: null },
      previous: null,
    };
    this.#tokens.push(token);
    this.#given.push({ value: token.current, token });
  }

  async #rotate(
    accessTokens: AccessTokens,
    { which, overlapS: overlapSeconds }: { which: number; overlapS: number },
  ): Promise<void> {
    const token = this.#pick(which);
    if (token === undefined) return;
    const nowMs = this.#store.nowMs();
    const change = { id: token.id, overlapSeconds, by: BY };
    const rotated = await accessTokens.rotateWithOverlap(change).catch((error: unknown) => {
      if (isRefusal(error, 'access_token_expired')) return { outcome: 'expired' } as const;
      if (isRefusal(error, 'access_token_suspended')) return { outcome: 'suspended' } as const;
      throw error;
    });
    const expected = token.isDeleted
      ? 'not_found'
      : this.#hasExpired(token)
        ? 'expired'
        : token.isSuspended && overlapSeconds > 0
          ? 'suspended'
          : 'rotated';
    assert.equal(rotated.outcome, expected);
    if (rotated.outcome !== 'rotated') return;
    const endsAtMs = Math.min(
      Math.ceil(nowMs / 1000) * 1000 + overlapSeconds * 1000,
      token.expiresAtMs ?? Number.POSITIVE_INFINITY,
    );
    token.previous = overlapSeconds === 0 ? null : Object.assign(token.current, { endsAtMs });
    token.current = { raw: rotated.token.raw, usedAtMs: null };
    token.isSuspended = false;
    this.#given.push({ value: token.current, token });
  }

  async #change(
    accessTokens: AccessTokens,
    { kind, which }: { kind: 'end_overlap' | 'delete' | 'rename'; which: number },
  ): Promise<void> {
    const token = this.#pick(which);
    if (token === undefined) return;
    const change = { id: token.id, by: BY };
    if (kind === 'delete') {
      const outcome = await accessTokens.deleteVersion(change);
      assert.equal(outcome, token.isDeleted ? 'not_found' : 'deleted');
      token.isDeleted = true;
      return;
    }
    if (kind === 'rename') {
      const name = `${token.name}!`;
      const { outcome } = await accessTokens.change({ ...change, name });
      assert.equal(outcome, token.isDeleted ? 'not_found' : 'changed');
      token.name = name;
      return;
    }
    const { outcome } = await accessTokens.endOverlap(change);
    const happens = this.#previousOf(token) === null ? 'unchanged' : 'changed';
    assert.equal(outcome, token.isDeleted ? 'not_found' : happens);
    token.previous = null;
  }

  /** Every value that was ever given out, twice: the second answer is the one that was kept. */
  async #compareValues({ accessTokens }: Server): Promise<void> {
    for (const { value, token } of [...this.#given, ...this.#given]) {
      const isHeld = token.current === value || this.#previousOf(token) === value;
      const isAlive = isHeld && !this.#hasExpired(token) && !token.isSuspended && !token.isDeleted;
      const found = await accessTokens.authenticate(value.raw);
      assert.equal(found?.id, isAlive ? token.id : undefined);
      if (found !== null) assert.equal(found.name, token.name);
      if (isAlive) value.usedAtMs = this.#store.nowMs();
    }
  }

  async #compareRecords({ accessTokens }: Server): Promise<void> {
    for (const one of this.#servers) await one.accessTokens.flushUses();
    const records = (await accessTokens.list()).map((record) => ({
      id: record.id,
      name: record.name,
      lastUsedAtMs: record.lastUsedAtMs,
      previous: record.previous,
      isSuspended: record.suspendedAtMs !== null,
    }));
    const expected = this.#tokens
      .filter((token) => !token.isDeleted)
      .map((token) => {
        const { id, name, current, isSuspended } = token;
        const held = this.#previousOf(token);
        const previous =
          held === null ? null : { expiresAtMs: held.endsAtMs, lastUsedAtMs: held.usedAtMs };
        return { id, name, lastUsedAtMs: current.usedAtMs, previous, isSuspended };
      });
    assert.deepEqual(records, expected);
  }

  #pick(which: number): ModelToken | undefined {
    return this.#tokens.at(-1 - (which % Math.max(1, this.#tokens.length)));
  }

  #previousOf({ previous }: ModelToken) {
    return previous !== null && this.#store.nowMs() < previous.endsAtMs ? previous : null;
  }

  #hasExpired({ expiresAtMs }: ModelToken): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#store.nowMs();
  }
}

export function conformsInTokenLife(openStore: OpenStore): void {
  test('after any life of access tokens those values are alive that the model says', async () => {
    const steps = fc.array(step, { minLength: 1, maxLength: 20 });
    const property = fc.asyncProperty(steps, async (list) => {
      const store = await openStore();
      try {
        const life = await TokenLife.on(store);
        await life.follow({ command: { kind: 'create', ttlS: null }, isElsewhere: false });
        for (const one of list) await life.follow(one);
      } finally {
        await store.close();
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });
}
