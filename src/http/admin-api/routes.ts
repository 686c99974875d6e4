/** Contract 1, the admin API: admin account and auth switch; token calls: token-routes.ts. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ADMIN_TOKEN_TTL_SECONDS } from '../../core/admin.ts';
import type { Requester } from '../../core/events.ts';
import { bearerToken } from '../bearer.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { findNotLocalReason } from '../locality.ts';
import type { Static } from '../schema.ts';
import {
  dropNulls,
  EnabledBody,
  ErrorAnswer,
  LoginAnswer,
  LoginRefusal,
  PasswordBody,
  ResultAnswer,
  SuccessAnswer,
} from './codec.ts';
import { registerTokenRoutes } from './token-routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request arrived, on the monotonic clock; only set in the admin API. */
    startedMs: number;
    /** Who the bearer speaks for, and from where; set by the guard of the token calls. */
    requester: Requester;
  }
}

type PasswordRequest = { Body: Static<typeof PasswordBody> };

export async function registerAdminApi(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  app.decorateRequest('startedMs', 0);
  app.decorateRequest('requester');
  app.addHook('onRequest', (request, _, next) => {
    request.startedMs = performance.now();
    next();
  });
  app.addHook('preValidation', (request, _, next) => {
    dropNulls(request.body);
    next();
  });
  registerAccount(app, deps);
  registerLogin(app, deps);
  registerSwitch(app, deps);
  registerTokenRoutes(app, deps, { path: '/auth/access_token', rawField: 'token' });
  registerTokenRoutes(app, deps, { path: '/auth/api_key', rawField: 'api_key' });
}

function registerAccount(app: FastifyInstance, deps: HttpDeps): void {
  const tags = ['Admin'];
  app.get(
    '/auth/admin/exists',
    {
      schema: {
        tags,
        operationId: 'admin_exists',
        summary: 'Whether the admin has been created',
        response: { 200: ResultAnswer },
      },
    },
    async (request) => okResult(await deps.admin.exists(), request.startedMs),
  );
  const onRequest = async (request: FastifyRequest) => requireLocal(request, deps);
  const schema = {
    tags,
    body: PasswordBody,
    response: { 200: SuccessAnswer, 403: ErrorAnswer },
  };
  app.post<PasswordRequest>(
    '/auth/admin',
    {
      onRequest,
      schema: {
        ...schema,
        operationId: 'admin_create',
        summary: 'Create the only admin (from localhost)',
        response: { ...schema.response, 409: ErrorAnswer },
      },
    },
    async (request) => {
      await deps.admin.create(request.body.password, deps.originOf(request));
      return { status: 'success', message: 'User registered successfully' };
    },
  );
  app.post<PasswordRequest>(
    '/auth/admin/reset-password',
    {
      onRequest,
      schema: {
        ...schema,
        operationId: 'admin_reset_password',
        summary: 'Set the admin password anew (from localhost)',
        response: { ...schema.response, 404: ErrorAnswer },
      },
    },
    async (request) => {
      await deps.admin.resetPassword(request.body.password, deps.originOf(request));
      return { status: 'success', message: 'Password reset successfully' };
    },
  );
}

function registerLogin(app: FastifyInstance, deps: HttpDeps): void {
  app.post<PasswordRequest>(
    '/auth/admin/login',
    {
      schema: {
        tags: ['Admin'],
        operationId: 'admin_login',
        summary: 'Admin login',
        body: PasswordBody,
        response: {
          200: LoginAnswer,
          401: LoginRefusal,
          429: ErrorAnswer,
        },
      },
    },
    async (request) => {
      const token = await deps.admin.signIn(request.body.password, deps.originOf(request));
      return { token, message: 'Login successful', expires_in: ADMIN_TOKEN_TTL_SECONDS };
    },
  );
}

function registerSwitch(app: FastifyInstance, deps: HttpDeps): void {
  app.patch<{ Body: Static<typeof EnabledBody> }>(
    '/auth/enabled',
    {
      onRequest: async (request) =>
        deps.principals.requireAdmin(bearerToken(request.raw), deps.originOf(request)),
      schema: {
        tags: ['Admin'],
        operationId: 'auth_enabled_set',
        summary: 'Turn auth enforcement on or off',
        security: [{ adminJwt: [] }],
        body: EnabledBody,
        response: { 200: ResultAnswer, 401: ErrorAnswer },
      },
    },
    async (request) => {
      const by = { actor: { kind: 'admin' }, origin: deps.originOf(request) } as const;
      await deps.authSwitch.set(request.body.enabled, by);
      return okResult(await deps.authSwitch.isEnabled(), request.startedMs);
    },
  );
}

/** @throws HttpFault `not_local` */
async function requireLocal(request: FastifyRequest, deps: HttpDeps): Promise<void> {
  const reason = deps.allowsLocalCalls ? await findNotLocalReason(request.raw) : 'switched_off';
  if (reason === null) return;
  const origin = deps.originOf(request);
  await deps.repository.recordRefusal({ name: 'local_call.refused', origin, reason });
  throw new HttpFault('not_local');
}

function okResult(result: boolean, startedMs: number) {
  const time = (performance.now() - startedMs) / 1000;
  return { usage: {}, time, status: 'ok' as const, result };
}
