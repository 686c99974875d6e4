/** The guard of the management API: who asks, and whether they may do this to users of a role. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import { type ManagementAction, mayManage } from '../../core/management-permissions.ts';
import type { ManagingPrincipal } from '../../core/principals.ts';
import type { UserRole } from '../../core/repository.ts';
import { bearerToken } from '../bearer.ts';
import type { HttpDeps } from '../deps.ts';
import { consoleSecretOf } from './console-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who manages; set by the guard of the management API. */
    manager: ManagingPrincipal;
  }
}

/** A credential is needed also while auth is off. */
export function guardManagement(app: FastifyInstance, deps: HttpDeps): void {
  app.decorateRequest('manager');
  app.addHook('onRequest', async (request) => {
    request.manager = await identifyManager(request, deps);
  });
}

/**
 * An Authorization header, whatever is in it, is the only credential that is looked at; without
 * one it is the cookie of the console, and no other cookie.
 * @throws SallyportError `bearer_invalid`, `permission_denied`
 * @throws HttpFault `foreign_site`, `cookie_repeated`
 */
export async function identifyManager(
  request: FastifyRequest,
  deps: HttpDeps,
): Promise<ManagingPrincipal> {
  const origin = deps.originOf(request);
  if (request.headers.authorization !== undefined) {
    return deps.principals.requireManager(bearerToken(request.raw), origin);
  }
  return deps.principals.requireConsole(consoleSecretOf(request, deps), origin);
}

export const BEARERS = [
  { adminJwt: [] },
  { userJwt: [] },
  { accessToken: [] },
  { consoleCookie: [] },
];

/** @throws SallyportError `permission_denied` */
export async function requirePermission(
  { manager }: FastifyRequest,
  deps: HttpDeps,
  wanted: { action: ManagementAction; role?: UserRole; userId?: number },
): Promise<void> {
  const { action, role, userId } = wanted;
  if (mayManage(manager.kind, action, role)) return;
  await deps.repository.recordRefusal({
    ...manager.requester,
    name: 'operation.refused',
    reason: 'permission_denied',
    ...(userId !== undefined && { subject: userId }),
  });
  throw new SallyportError('permission_denied', {});
}

/** Of which role whoever asks may see users and sessions; undefined for every role. */
export function visibleRole(
  { manager }: FastifyRequest,
  action: 'see_users' | 'see_sessions',
): 'STANDARD' | undefined {
  return mayManage(manager.kind, action, 'ADMIN') ? undefined : 'STANDARD';
}
