/**
 * Who stands behind a bearer credential on the admin API: the built-in admin by JWT, or a machine
 * by access token. A user's token of contract 2 is nobody here.
 */

import type { AccessTokens } from './access-tokens.ts';
import type { Admin } from './admin.ts';
import { SallyportError } from './errors.ts';
import type { Actor, RequestOrigin } from './events.ts';
import { hasPermission } from './permissions.ts';
import type { Repository } from './repository.ts';

export type Principal =
  | { readonly kind: 'admin' }
  | { readonly kind: 'access_token'; readonly id: number; readonly permissions: number };

/** As whom the audit trail knows them. */
export function actorBehind(principal: Principal): Actor {
  return principal.kind === 'admin'
    ? { kind: 'admin' }
    : { kind: 'access_token', id: principal.id };
}

export class Principals {
  readonly #admin: Admin;
  readonly #accessTokens: AccessTokens;
  readonly #repository: Repository;

  constructor(deps: { admin: Admin; accessTokens: AccessTokens; repository: Repository }) {
    this.#admin = deps.admin;
    this.#accessTokens = deps.accessTokens;
    this.#repository = deps.repository;
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
    if (principal.kind === 'admin' || hasPermission(principal.permissions, 'admin')) {
      return principal;
    }
    const actor = actorBehind(principal);
    const { id: accessTokenId } = principal;
    const event = { name: 'bearer.denied', actor, origin, accessTokenId } as const;
    await this.#repository.recordRefusal(event);
    throw new SallyportError('permission_denied', {});
  }

  async #identify(bearer: string): Promise<Principal | null> {
    const token = await this.#accessTokens.authenticate(bearer);
    if (token !== null)
      return { kind: 'access_token', id: token.id, permissions: token.permissions };
    return (await this.#admin.isLiveToken(bearer)) ? { kind: 'admin' } : null;
  }

  async #refuse(bearer: string | null, origin: RequestOrigin): Promise<never> {
    const reason = bearer === null ? 'missing' : 'not_live';
    await this.#repository.recordRefusal({ name: 'bearer.rejected', origin, reason });
    throw new SallyportError('bearer_invalid', {});
  }
}
