/** Users in the management API: list, look at, add, change, delete. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SallyportError } from '../../core/errors.ts';
import type { ManagedUser, UserChangeRefusal } from '../../core/operations-repository.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import type { Static } from '../schema.ts';
import {
  ChangedUserAnswer,
  DeletedUserAnswer,
  EndedSessionsAnswer,
  IdParams,
  IfMatchHeader,
  NewPasswordBody,
  NewUserBody,
  PasswordSetAnswer,
  UserAnswer,
  UserChangeBody,
  UserPageAnswer,
  writeUser,
  writeUserPage,
} from './codec.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission, visibleRole } from './managers.ts';
import { entityTag, expectedVersion, readIfMatch } from './preconditions.ts';
import { readByHand, readUserId, readUserQuery, UserQuery } from './queries.ts';

type IdRequest = { Params: Static<typeof IdParams> };

const REFUSALS = { 401: Problem, 403: Problem };
const common = { tags: ['Management'], security: BEARERS };
const ETag = { type: 'string', description: 'what If-Match must say to change this user' };

export function registerUserRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerListing(app, deps);
  registerCreation(app, deps);
  registerOneUser(app, deps);
  registerChange(app, deps);
  registerPassword(app, deps);
  registerEnds(app, deps);
}

function registerListing(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/users',
    {
      validatorCompiler: readByHand,
      schema: {
        ...common,
        operationId: 'management_list_users',
        summary: 'List users, a page at a time',
        querystring: UserQuery,
        response: { 200: UserPageAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      const listing = readUserQuery(request.query);
      const role = listing.role ?? visibleRole(request, 'see_users');
      await requirePermission(request, deps, { action: 'see_users', ...(role && { role }) });
      return writeUserPage(await deps.operations.listUsers({ ...listing, ...(role && { role }) }));
    },
  );
}

function registerCreation(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: Static<typeof NewUserBody> }>(
    '/management/users',
    {
      schema: {
        ...common,
        operationId: 'management_create_user',
        summary: 'Add a user with a first password',
        body: NewUserBody,
        response: {
          201: {
            ...UserAnswer,
            headers: { ETag, Location: { type: 'string', description: 'the path of the user' } },
          },
          ...REFUSALS,
          409: Problem,
        },
      },
    },
    async (request, reply) => {
      const { username, password, role = 'STANDARD' } = request.body;
      await requirePermission(request, deps, { action: 'create_users', role });
      const created = await deps.users.create(
        { username, password, role, origin: 'operator' },
        request.manager.requester,
      );
      const isNew = { origin: 'operator', hasPassword: true, version: 1, liveSessions: 0 } as const;
      reply.code(201).header('location', `/management/users/${created.id}`);
      return answerUser(reply, { ...created, ...isNew });
    },
  );
}

function registerOneUser(app: FastifyInstance, deps: HttpDeps): void {
  app.get<IdRequest>(
    '/management/users/:id',
    {
      schema: {
        ...common,
        operationId: 'management_get_user',
        summary: 'One user, with the ETag that changes need',
        params: IdParams,
        response: { 200: { ...UserAnswer, headers: { ETag } }, ...REFUSALS, 404: Problem },
      },
    },
    async (request, reply) => {
      const userId = readUserId('id', request.params.id);
      const user = await deps.operations.findUser(userId);
      if (user === null) throw new SallyportError('user_not_found', {});
      await requirePermission(request, deps, { action: 'see_users', role: user.role, userId });
      return answerUser(reply, user);
    },
  );
}

function registerChange(app: FastifyInstance, deps: HttpDeps): void {
  app.patch<IdRequest & { Body: Static<typeof UserChangeBody> }>(
    '/management/users/:id',
    {
      schema: {
        ...common,
        operationId: 'management_change_user',
        summary: 'Enable, disable, change the role; disabling ends all sessions',
        params: IdParams,
        headers: IfMatchHeader,
        body: UserChangeBody,
        response: {
          200: { ...ChangedUserAnswer, headers: { ETag } },
          ...REFUSALS,
          404: Problem,
          409: Problem,
          412: Problem,
          428: Problem,
        },
      },
    },
    async (request, reply) => {
      const { enabled: isEnabled, role } = request.body;
      const about = await readChange(request, deps);
      if (isEnabled === undefined && role === undefined) {
        throw new HttpFault('parameter_invalid', 'The body must name enabled, role or both.');
      }
      const wanted = { ...(isEnabled !== undefined && { isEnabled }), ...(role && { role }) };
      const outcome = await deps.operations.changeUser({ ...about, ...wanted });
      if (outcome.outcome !== 'changed' && outcome.outcome !== 'unchanged') return refuse(outcome);
      const endedSessions = outcome.outcome === 'changed' ? outcome.endedSessions : 0;
      return { ...answerUser(reply, outcome.user), ended_sessions: endedSessions };
    },
  );
}

function registerPassword(app: FastifyInstance, deps: HttpDeps): void {
  app.put<IdRequest & { Body: Static<typeof NewPasswordBody> }>(
    '/management/users/:id/password',
    {
      schema: {
        ...common,
        operationId: 'management_set_password',
        summary: 'Set a password, given or made here; ends all sessions',
        params: IdParams,
        headers: IfMatchHeader,
        body: NewPasswordBody,
        response: {
          200: { ...PasswordSetAnswer, headers: { ETag } },
          ...REFUSALS,
          404: Problem,
          412: Problem,
          428: Problem,
        },
      },
    },
    async (request, reply) => {
      const userId = readUserId('id', request.params.id);
      await requirePermission(request, deps, { action: 'set_passwords', userId });
      const about = await readChange(request, deps);
      const { password = null } = request.body;
      const outcome = await deps.users.replacePassword({ ...about, password });
      if (outcome.outcome !== 'replaced') return refuse(outcome);
      const { user, endedSessions, generated } = outcome;
      return {
        ...answerUser(reply, user),
        ended_sessions: endedSessions,
        ...(generated !== null && { password: generated }),
      };
    },
  );
}

function registerEnds(app: FastifyInstance, deps: HttpDeps): void {
  app.delete<IdRequest>(
    '/management/users/:id',
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'management_delete_user',
        summary: 'Delete a user with all sessions; the id is never given again',
        params: IdParams,
        headers: IfMatchHeader,
        response: {
          200: DeletedUserAnswer,
          ...REFUSALS,
          404: Problem,
          409: Problem,
          412: Problem,
          428: Problem,
        },
      },
    },
    async (request) => {
      const outcome = await deps.operations.deleteUser(await readChange(request, deps));
      if (outcome.outcome !== 'deleted') return refuse(outcome);
      return { deleted: true as const, ended_sessions: outcome.endedSessions };
    },
  );
  app.delete<IdRequest>(
    '/management/users/:id/sessions',
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'management_end_sessions_of_user',
        summary: 'End all sessions of a user',
        params: IdParams,
        response: { 200: EndedSessionsAnswer, ...REFUSALS, 404: Problem },
      },
    },
    async (request) => {
      const userId = readUserId('id', request.params.id);
      const by = request.manager.requester;
      const outcome = await deps.operations.endSessionsOfUser({ userId, by });
      if (outcome.outcome !== 'ended') return refuse(outcome);
      return { ended_sessions: outcome.endedSessions };
    },
  );
}

/** Which user is to be changed, at which version, and by whom. */
async function readChange(request: FastifyRequest<IdRequest>, deps: HttpDeps) {
  const userId = readUserId('id', request.params.id);
  const precondition = readIfMatch(request.headers);
  const find = () => deps.operations.findUser(userId);
  return {
    userId,
    expectedVersion: await expectedVersion(precondition, find),
    by: request.manager.requester,
  };
}

function answerUser(reply: FastifyReply, user: ManagedUser): Static<typeof UserAnswer> {
  reply.header('etag', entityTag(user));
  return writeUser(user);
}

function refuse({ outcome }: UserChangeRefusal): never {
  switch (outcome) {
    case 'not_found':
      throw new SallyportError('user_not_found', {});
    case 'stale':
      throw new HttpFault('precondition_failed');
    case 'last_admin':
      throw new HttpFault('last_admin');
    case 'permission_denied':
      throw new SallyportError('permission_denied', {});
  }
}
