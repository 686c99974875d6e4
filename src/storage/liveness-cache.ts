/**
 * Answers of the database that are kept in memory, because every request of every other service
 * asks for them: whether a session or an access token lives, the admin's token generation, the auth
 * switch. An answer is kept until something that could make it wrong has happened, and given only
 * while it is certain that nothing has. Only good news is kept: "not live" is always looked up.
 */

import type { Clock } from '../core/ports.ts';
import type {
  AdminRecord,
  Repository,
  SessionLiveness,
  StoredAccessToken,
} from '../core/repository.ts';
import type { LivenessChange } from './liveness-changes.ts';
import type { Database, ForeignChanges } from './transition.ts';

/** Of each kind; at about half a kilobyte each. */
const MAX_KEPT = 50_000;

type KeptReads = Pick<
  Repository,
  'findAccessToken' | 'findAdmin' | 'findSession' | 'isAuthEnabled'
>;

const anything = () => true;

/** Those that were kept first go first. */
class Kept<K, V> {
  readonly #values = new Map<K, V>();

  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  keep(key: K, value: V): void {
    if (this.#values.size >= MAX_KEPT) {
      const [oldest] = this.#values.keys();
      this.#values.delete(oldest as K);
    }
    this.#values.set(key, value);
  }

  drop(key: K): void {
    this.#values.delete(key);
  }

  /** Walks all of them: for what is rare. */
  dropWhere(isWrong: (value: V) => boolean): void {
    for (const [key, value] of this.#values) if (isWrong(value)) this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }
}

export class LivenessCache {
  readonly #foreign: ForeignChanges;
  readonly #clock: Clock;
  readonly #sessions = new Kept<string, SessionLiveness | null>();
  readonly #accessTokens = new Kept<string, StoredAccessToken | null>();
  readonly #admin = new Kept<'admin', AdminRecord | null>();
  readonly #isAuthEnabled = new Kept<'switch', boolean>();
  /** How often something was made wrong: an answer that was on its way meanwhile is not kept. */
  #changes = 0;

  constructor({ foreignChanges: foreign, clock }: Pick<Database, 'clock' | 'foreignChanges'>) {
    this.#foreign = foreign;
    this.#clock = clock;
    foreign.onChange((change) => this.apply(change));
  }

  /** The same reads, from memory where that is certain to be right. */
  over(reads: KeptReads): KeptReads {
    // A rotation prolongs a session and is no change: one that seems over is looked up again.
    const isLive = (session: SessionLiveness | null) =>
      session?.endedAtMs === null &&
      session.isUserEnabled &&
      this.#clock.nowMs() < session.refreshExpiresAt * 1000;
    return {
      findSession: (id) => this.#read(this.#sessions, id, () => reads.findSession(id), isLive),
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
        this.#sessions.drop(change.id);
        break;
      case 'user':
        this.#sessions.dropWhere((session) => session?.userId === change.id);
        break;
      case 'access_token':
        this.#accessTokens.dropWhere((token) => token?.id === change.id);
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

  async #read<K, V>(
    kept: Kept<K, V>,
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
    if (areKnown && this.#changes === changesBefore && isGood(value)) kept.keep(key, value);
    return value;
  }
}
