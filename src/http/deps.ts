/** What route handlers work with, and what of it the wiring gives. */

import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AccessTokens } from '../core/access-tokens.ts';
import type { Admin } from '../core/admin.ts';
import type { AuthSwitch } from '../core/auth-switch.ts';
import type { RequestOrigin } from '../core/events.ts';
import type { SecurityEvents } from '../core/ports.ts';
import type { Principals } from '../core/principals.ts';
import type { Repository } from '../core/repository.ts';
import type { Sessions } from '../core/sessions.ts';

export interface ServerServices {
  readonly accessTokens: AccessTokens;
  readonly admin: Admin;
  readonly authSwitch: AuthSwitch;
  readonly events: SecurityEvents;
  readonly principals: Principals;
  readonly repository: Repository;
  readonly sessions: Sessions;
}

export interface ServerSettings {
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Whether the calls for localhost are answered at all. */
  readonly allowsLocalCalls: boolean;
}

/** What route handlers work with. */
export interface HttpDeps extends ServerServices, ServerSettings {
  readonly originOf: (request: FastifyRequest) => RequestOrigin;
  readonly log: Logger;
  /** The OpenAPI document of all routes. */
  readonly describeApi: () => Promise<object>;
}
