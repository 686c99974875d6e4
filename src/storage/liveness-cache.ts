/**
 * Answers of the database that are kept in memory, because every request of every other service
 * asks for them: whether a session or an access token lives, the admin's token generation, the auth
 * switch. An answer is kept until something that could make it wrong has happened, and given only
 * while it is certain that nothing has. Only good news is kept: "not live" is always looked up.
 */

import type { StoredAccessToken } from '../core/access-token-repository.ts';
import type { Clock } from '../core/ports.ts';
import { RecentlyUsed } from '../core/recently-used.ts';
import type { AdminRecord, Repository, SessionLiveness } from '../core/repository.ts';
import type { LivenessChange } from './liveness-changes.ts';
import type { Database, ForeignChanges } from './transition.ts';

/** Of each kind; at about half a kilobyte each. */
const MAX_KEPT = 50_000;

type KeptReads = Pick<
  Repository,
  'findAccessToken' | 'findAdmin' | 'findSession' | 'isAuthEnabled'
>;

const anything = () => true;

export class LivenessCache {
  readonly #foreign: ForeignChanges;
  readonly #clock: Clock;
  readonly #sessions = new RecentlyUsed<string, SessionLiveness | null>(MAX_KEPT);
  readonly #accessTokens = new RecentlyUsed<string, StoredAccessToken | null>(MAX_KEPT);
  readonly #admin = new RecentlyUsed<'admin', AdminRecord | null>(MAX_KEPT);
  readonly #isAuthEnabled = new RecentlyUsed<'switch', boolean>(MAX_KEPT);
  /** How often something was made wrong: an answer that was on its way meanwhile is not kept. */
  #changes = 0;

  constructor({ foreignChanges: foreign, clock }: Pick<Database, 'clock' | 'foreignChanges'>) {
    this.#foreign = foreign;
    this.#clock = clock;
    foreign.onChange((change) => this.apply(change));
  }

  /** The same reads, from memory where that is certain to be right. */
  over(reads: KeptReads): KeptReads & Pick<Repository, 'recallAccessToken' | 'recallSession'> {
    return {
      recallAccessToken: (publicId) => this.recallAccessToken(publicId),
      recallSession: (id) => this.recallSession(id),
      findSession: (id) =>
        this.#read(this.#sessions, id, () => reads.findSession(id), this.#isLive),
      findAccessToken: (publicId, suits = anything) => {
        const isGood = (token: StoredAccessToken | null) => token !== null && suits(token);
        const ask = () => reads.findAccessToken(publicId);
        return this.#read(this.#accessTokens, publicId, ask, isGood);
      },
      findAdmin: (suits = anything) => {
        const isGood = (admin: AdminRecord | null) => admin !== null && suits(admin);
        return this.#read(this.#admin, 'admin', () => reads.findAdmin(), isGood);
      },
      isAuthEnabled: () => this.#read(this.#isAuthEnabled, 'switch', () => reads.isAuthEnabled()),
    };
  }

  /** Called when a change is committed, before whoever asked for it is told. */
  apply(change: LivenessChange): void {
    this.#changes += 1;
    switch (change.of) {
      case 'session':
        this.#sessions.delete(change.id);
        break;
      case 'user':
        dropWhere(this.#sessions, (session) => session?.userId === change.id);
        break;
      case 'access_token':
        dropWhere(this.#accessTokens, (token) => token?.id === change.id);
        break;
      case 'admin':
        this.#admin.clear();
        break;
      case 'auth_switch':
        this.#isAuthEnabled.clear();
        break;
      default:
        for (const kept of [this.#sessions, this.#accessTokens, this.#admin, this.#isAuthEnabled]) {
          kept.clear();
        }
    }
  }

  /** From memory and at once, while that is certain to be right. */
  recallSession(id: string): SessionLiveness | null {
    if (!this.#foreign.areKnown()) return null;
    const found = this.#sessions.get(id) ?? null;
    return this.#isLive(found) ? found : null;
  }

  /** Whether it has expired is for who asks to see: that comes by time alone. */
  recallAccessToken(publicId: string): StoredAccessToken | null {
    if (!this.#foreign.areKnown()) return null;
    return this.#accessTokens.get(publicId) ?? null;
  }

  /** A rotation prolongs a session and is no change: one that seems over is looked up again. */
  readonly #isLive = (session: SessionLiveness | null): boolean =>
    session?.endedAtMs === null &&
    session.isUserEnabled &&
    this.#clock.nowMs() < session.refreshExpiresAt * 1000;

  async #read<K, V>(
    kept: RecentlyUsed<K, V>,
    key: K,
    ask: () => Promise<V>,
    isGood: (value: V) => boolean = (value) => value !== null,
  ): Promise<V> {
    // Asked first: it forgets what it finds out to be wrong.
    if (!this.#foreign.areKnown()) return ask();
    const found = kept.get(key);
    if (found !== undefined && isGood(found)) return found;
    const changesBefore = this.#changes;
    const value = await ask();
    const areKnown = this.#foreign.areKnown();
    if (areKnown && this.#changes === changesBefore && isGood(value)) kept.set(key, value);
    return value;
  }
}

/** Walks all of them: for what is rare. */
function dropWhere<K, V>(kept: RecentlyUsed<K, V>, isWrong: (value: V) => boolean): void {
  for (const [key, value] of kept.entries()) if (isWrong(value)) kept.delete(key);
}
