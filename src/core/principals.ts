/**
 * Who stands behind a bearer credential. On the admin API: the built-in admin by JWT, or a machine
 * by access token; a user's token of contract 2 is nobody there. For management: these two, and a
 * user with the role ADMIN by an access JWT whose session lives; the admin and such users also by
 * a session of the console.
 */

import type { AccessTokenRecord } from './access-token-repository.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Admin } from './admin.ts';
import { type ConsoleSessions, requesterBehind } from './console-sessions.ts';
import type { ConsoleSession, LiveConsoleSession } from './console-sessions-repository.ts';
import { SallyportError } from './errors.ts';
import type { Actor, Requester, RequestOrigin } from './events.ts';
import type { ManagingKind } from './management-permissions.ts';
import { hasPermission } from './permissions.ts';
import type { Repository } from './repository.ts';
import type { Sessions, VerifiedUser } from './sessions.ts';

export type Principal =
  | { readonly kind: 'admin' }
  | { readonly kind: 'access_token'; readonly id: number; readonly permissions: number };

/** As whom the audit trail knows them. */
export function actorBehind(principal: Principal): Actor {
  return principal.kind === 'admin'
    ? { kind: 'admin' }
    : { kind: 'access_token', id: principal.id };
}

/** Somebody who may manage; how far is decided by management-permissions.ts. */
export interface ManagingPrincipal {
  readonly kind: ManagingKind;
  readonly requester: Requester;
  /**
   * Since the password was last entered for this credential; null where none says so: a refreshed
   * JWT may be days from its password, and machines have none.
   */
  readonly passwordAgeMs: number | null;
  /** The console session, for who came by one. */
  readonly consoleSession: ConsoleSession | null;
  /**
   * Whether the credential would be let in again: for answers that go on for longer than a
   * request. It is no use of a session, and nothing is recorded.
   */
  readonly stillManages: () => Promise<boolean>;
}

export class Principals {
  readonly #admin: Admin;
  readonly #accessTokens: AccessTokens;
  readonly #repository: Repository;
  readonly #sessions: Pick<Sessions, 'verifyAccessToken'>;
  readonly #consoleSessions: Pick<ConsoleSessions, 'find' | 'look'>;

  constructor(deps: {
    admin: Admin;
    accessTokens: AccessTokens;
    repository: Repository;
    sessions: Pick<Sessions, 'verifyAccessToken'>;
    consoleSessions: Pick<ConsoleSessions, 'find' | 'look'>;
  }) {
    this.#admin = deps.admin;
    this.#accessTokens = deps.accessTokens;
    this.#repository = deps.repository;
    this.#sessions = deps.sessions;
    this.#consoleSessions = deps.consoleSessions;
  }

  /**
   * The built-in admin only; an access token is refused whatever its permissions.
   * @throws SallyportError `bearer_invalid`
   */
  async requireAdmin(bearer: string | null, origin: RequestOrigin): Promise<void> {
    if (bearer !== null && (await this.#admin.isLiveToken(bearer))) return;
    await this.#refuse(bearer, origin);
  }

  /**
   * The built-in admin, or an access token with the admin permission.
   * @throws SallyportError `bearer_invalid`, `permission_denied`
   */
  async requireTokenManager(bearer: string | null, origin: RequestOrigin): Promise<Principal> {
    const principal = bearer === null ? null : await this.#identify(bearer);
    if (principal === null) return this.#refuse(bearer, origin);
    if (!isManager(principal)) return this.#deny(actorBehind(principal), origin);
    return principal;
  }

  /**
   * The built-in admin, a user with the role ADMIN in a live session, or an access token with the
   * admin permission; whether auth enforcement is on or off.
   * @throws SallyportError `bearer_invalid`, `permission_denied`
   */
  async requireManager(bearer: string | null, origin: RequestOrigin): Promise<ManagingPrincipal> {
    const found = bearer === null ? null : await this.#findManager(bearer);
    if (bearer === null || found === null) return this.#refuse(bearer, origin);
    const { actor, passwordAgeMs, kind } = found;
    if (kind === null) return this.#deny(actor, origin);
    const stillManages = async () => ((await this.#findManager(bearer))?.kind ?? null) !== null;
    const requester = { actor, origin };
    return { kind, requester, passwordAgeMs, consoleSession: null, stillManages };
  }

  /**
   * The built-in admin or a user with the role ADMIN, by the cookie of a console session.
   * @throws SallyportError `bearer_invalid`
   */
  async requireConsole(secret: string | null, origin: RequestOrigin): Promise<ManagingPrincipal> {
    const live = secret === null ? null : await this.#consoleSessions.find(secret);
    if (secret === null || live === null) return this.#refuse(secret, origin);
    return {
      kind: live.session.holder.kind,
      requester: requesterBehind(live.session, origin),
      passwordAgeMs: passwordAgeOf(live),
      consoleSession: live.session,
      stillManages: async () => (await this.#consoleSessions.look(secret)) !== null,
    };
  }

  /**
   * A person in a live session of theirs, whatever their role.
   * @throws SallyportError `bearer_invalid`
   */
  async requireUser(accessToken: string | null, origin: RequestOrigin): Promise<VerifiedUser> {
    const user = accessToken === null ? null : await this.#sessions.verifyAccessToken(accessToken);
    return user ?? this.#refuse(accessToken, origin);
  }

  /** Whom a bearer speaks for; `kind` is null for who may not manage. */
  async #findManager(bearer: string): Promise<FoundManager | null> {
    const token = await this.#accessTokens.authenticate(bearer);
    if (token !== null) {
      const actor = { kind: 'access_token', id: token.id } as const;
      const mayManage = hasPermission(token.permissions, 'admin');
      return { actor, kind: mayManage ? 'access_token' : null, passwordAgeMs: null };
    }
    const admin = await this.#admin.readLiveToken(bearer);
    if (admin !== null) {
      return { actor: { kind: 'admin' }, kind: 'admin', passwordAgeMs: admin.ageMs };
    }
    const user = await this.#sessions.verifyAccessToken(bearer);
    if (user === null) return null;
    const actor = { kind: 'user', id: user.userId } as const;
    return { actor, kind: user.role === 'ADMIN' ? 'user' : null, passwordAgeMs: null };
  }

  /** The live access token that is shown, whatever its permission; null for all else. */
  async findAccessToken(
    bearer: string | null,
    origin: RequestOrigin,
  ): Promise<AccessTokenRecord | null> {
    const token = bearer === null ? null : await this.#accessTokens.authenticate(bearer);
    if (token === null) await this.#recordRejected(bearer, origin);
    return token;
  }

  async #identify(bearer: string): Promise<Principal | null> {
    const token = await this.#accessTokens.authenticate(bearer);
    if (token !== null)
      return { kind: 'access_token', id: token.id, permissions: token.permissions };
    return (await this.#admin.isLiveToken(bearer)) ? { kind: 'admin' } : null;
  }

  async #deny(actor: Actor, origin: RequestOrigin): Promise<never> {
    const about = {
      ...(actor.kind === 'access_token' && { accessTokenId: actor.id }),
      ...(actor.kind === 'user' && { subject: actor.id }),
    };
    await this.#repository.recordRefusal({ name: 'bearer.denied', actor, origin, ...about });
    throw new SallyportError('permission_denied', {});
  }

  async #refuse(bearer: string | null, origin: RequestOrigin): Promise<never> {
    await this.#recordRejected(bearer, origin);
    throw new SallyportError('bearer_invalid', {});
  }

  async #recordRejected(bearer: string | null, origin: RequestOrigin): Promise<void> {
    const reason = bearer === null ? 'missing' : 'not_live';
    await this.#repository.recordRefusal({ name: 'bearer.rejected', origin, reason });
  }
}

interface FoundManager {
  readonly actor: Actor;
  readonly kind: ManagingKind | null;
  readonly passwordAgeMs: number | null;
}

function passwordAgeOf({ session, nowMs }: LiveConsoleSession): number {
  return nowMs - session.passwordEnteredAtMs;
}

function isManager(principal: Principal): boolean {
  return principal.kind === 'admin' || hasPermission(principal.permissions, 'admin');
}
