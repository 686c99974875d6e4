/** The listener: limits, request ids, security headers, and which contract answers what. */

import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AccessTokens } from '../core/access-tokens.ts';
import type { Admin } from '../core/admin.ts';
import type { AuthSwitch } from '../core/auth-switch.ts';
import type { RequestOrigin } from '../core/events.ts';
import type { SecurityEvents } from '../core/ports.ts';
import type { Principals } from '../core/principals.ts';
import type { Repository } from '../core/repository.ts';
import type { Sessions } from '../core/sessions.ts';
import { registerAdminApi } from './admin-api/routes.ts';
import { registerBodyParser } from './body.ts';
import { ClientAddresses } from './client-address.ts';
import { registerCors } from './cors.ts';
import { answerParserError } from './parser-errors.ts';
import { registerProbes } from './probes.ts';
import { answerRefusal } from './refusals.ts';
import { originOf } from './request-origin.ts';
import { requireOneHost } from './request-target.ts';
import { RouteMethods } from './route-methods.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { registerUserApi } from './user-api/routes.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 10_000;

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
}

export async function createServer(
  services: ServerServices,
  settings: ServerSettings,
  log: Logger,
): Promise<FastifyInstance> {
  const app = createListener(log);
  const addresses = new ClientAddresses(settings.trustedProxies, () =>
    log.warn(
      { event: 'server.forwarding_header_ignored' },
      'A request carried X-Forwarded-For, but its sender is not in TRUSTED_PROXIES: ignored. ' +
        'If a proxy of yours sent it, name its address in TRUSTED_PROXIES.',
    ),
  );
  const deps: HttpDeps = {
    ...services,
    ...settings,
    log,
    originOf: (request) => originOf(request, addresses),
  };
  await registerRoutes(app, deps);
  return app;
}

function createListener(log: Logger): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: () => randomBytes(12).toString('base64url'),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node would answer a missing Host without a body; requireOneHost does it properly.
      requireHostHeader: false,
    },
    // No id is too long for the guard of its route to be asked first.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerParserError,
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS);
      answerRefusal(error, request, reply, log);
    },
    // 12345 is no name: what has the wrong type is refused and not converted.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  // An expectation that we do not know is ignored (RFC 9110 §10.1.1); Node's 417 has no body.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    requireOneHost(request.raw);
  });
  registerBodyParser(app);
  return app;
}

/** Also used, without a listener, to describe the routes in OpenAPI. */
export async function registerRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const methods = new RouteMethods();
  app.addHook('onRoute', (route) => methods.add(route.url, route.method));
  app.setErrorHandler((error, request, reply) => answerRefusal(error, request, reply, deps.log));
  await registerCors(app, deps.corsOrigins);
  // In the hook, because the framework looks at the body before it calls the handler.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw methods.faultFor(request.url);
  });
  app.setNotFoundHandler((request, reply) => {
    answerRefusal(methods.faultFor(request.url), request, reply, deps.log);
  });
  registerProbes(app, deps);
  await app.register(async (scope) => registerAdminApi(scope, deps));
  await app.register(async (scope) => registerUserApi(scope, deps));
}
