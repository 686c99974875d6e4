/** Contract 2, the JSON calls of the user API. */

import type { FastifyInstance } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import { bearerToken, readBearer } from '../bearer.ts';
import type { HttpDeps } from '../deps.ts';
import type { Static } from '../schema.ts';
import {
  ErrorAnswer,
  GoogleBody,
  LoginBody,
  LogoutAnswer,
  LogoutBody,
  RefreshBody,
  TokensAnswer,
  VerifyAnswer,
  writeTokens,
  writeVerifiedUser,
} from './codec.ts';

const tags = ['Users'];

export async function registerUserApi(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  registerLogin(app, deps);
  registerGoogle(app, deps);
  registerRefresh(app, deps);
  registerVerify(app, deps);
  registerLogout(app, deps);
}

function registerLogin(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof LoginBody> }>(
    '/api/auth/login',
    {
      config: { body: 'any_json' },
      schema: {
        tags,
        operationId: 'user_login',
        summary: 'Sign in with username and password',
        body: LoginBody,
        response: {
          200: TokensAnswer,
          401: ErrorAnswer,
          429: ErrorAnswer,
        },
      },
    },
    async (request) => {
      const { username, password } = request.body;
      return writeTokens(await deps.sessions.signIn(username, password, deps.originOf(request)));
    },
  );
}

function registerGoogle(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof GoogleBody> }>(
    '/api/auth/google',
    {
      config: { body: 'any_json' },
      schema: {
        tags,
        operationId: 'user_google_login',
        summary: 'Sign in with a code that Google has given to the client',
        body: GoogleBody,
        response: { 200: TokensAnswer, 401: ErrorAnswer },
      },
    },
    async (request) => {
      const { code, redirect_uri: redirectUri, code_verifier, nonce = null } = request.body;
      const authorization = { code, redirectUri, codeVerifier: code_verifier ?? null, nonce };
      const origin = deps.originOf(request);
      return writeTokens(await deps.providerSignIns.signInWithGoogleCode(authorization, origin));
    },
  );
}

function registerRefresh(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof RefreshBody> }>(
    '/api/auth/refresh',
    {
      config: { body: 'any_json' },
      schema: {
        tags,
        operationId: 'user_refresh',
        summary: 'Exchange a refresh token for a new pair',
        body: RefreshBody,
        response: { 200: TokensAnswer, 401: ErrorAnswer },
      },
    },
    async (request) => {
      const { refresh_token: refreshToken } = request.body;
      return writeTokens(await deps.sessions.refresh(refreshToken, deps.originOf(request)));
    },
  );
}

function registerVerify(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/api/auth/verify',
    {
      schema: {
        tags,
        operationId: 'user_verify',
        summary: 'Who an access token speaks for',
        security: [{ userJwt: [] }],
        response: { 200: VerifyAnswer, 401: ErrorAnswer },
      },
    },
    async (request, reply) => {
      const header = readBearer(request.raw);
      if (header.form !== 'bearer') {
        const isAbsent = header.form === 'absent';
        const error = isAbsent
          ? 'missing authorization header'
          : 'invalid authorization header format';
        return reply
          .code(401)
          .header('www-authenticate', 'Bearer')
          .send({ error } as never);
      }
      const user = await deps.sessions.verifyAccessToken(header.token);
      if (user === null) throw new SallyportError('bearer_invalid', {});
      return writeVerifiedUser(user);
    },
  );
}

function registerLogout(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof LogoutBody> }>(
    '/api/auth/logout',
    {
      config: { body: 'any_json' },
      schema: {
        tags,
        operationId: 'user_logout',
        summary: 'End the session of a bearer, of a refresh token, or of both',
        security: [{ userJwt: [] }, {}],
        body: LogoutBody,
        response: { 200: LogoutAnswer, 401: ErrorAnswer },
      },
    },
    async (request) => {
      const accessToken = bearerToken(request.raw);
      const { refresh_token: refreshToken } = request.body;
      await deps.sessions.signOut(
        { ...(accessToken && { accessToken }), ...(refreshToken && { refreshToken }) },
        deps.originOf(request),
      );
      return { success: true as const };
    },
  );
}
