/**
 * Who stands behind a bearer credential. On the admin API: the built-in admin by JWT, or a machine
 * by access token; a user's token of contract 2 is nobody there. For management: these two, and a
 * user with the role ADMIN by an access JWT whose session lives.
 */

import type { AccessTokenRecord } from './access-token-repository.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Admin } from './admin.ts';
import { SallyportError } from './errors.ts';
import type { Actor, Requester, RequestOrigin } from './events.ts';
import type { ManagingKind } from './management-permissions.ts';
import { hasPermission } from './permissions.ts';
import type { Repository } from './repository.ts';
import type { Sessions } from './sessions.ts';

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
}

export class Principals {
  readonly #admin: Admin;
  readonly #accessTokens: AccessTokens;
  readonly #repository: Repository;
  readonly #sessions: Pick<Sessions, 'verifyAccessToken'>;

  constructor(deps: {
    admin: Admin;
    accessTokens: AccessTokens;
    repository: Repository;
    sessions: Pick<Sessions, 'verifyAccessToken'>;
  }) {
    this.#admin = deps.admin;
    this.#accessTokens = deps.accessTokens;
    this.#repository = deps.repository;
    this.#sessions = deps.sessions;
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
    const principal = bearer === null ? null : await this.#identify(bearer);
    if (principal !== null) {
      const actor = actorBehind(principal);
      if (!isManager(principal)) return this.#deny(actor, origin);
      return { kind: principal.kind, requester: { actor, origin } };
    }
    const user = bearer === null ? null : await this.#sessions.verifyAccessToken(bearer);
    if (user === null) return this.#refuse(bearer, origin);
    const actor = { kind: 'user', id: user.userId } as const;
    if (user.role !== 'ADMIN') return this.#deny(actor, origin);
    return { kind: 'user', requester: { actor, origin } };
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

function isManager(principal: Principal): boolean {
  return principal.kind === 'admin' || hasPermission(principal.permissions, 'admin');
}
