/** Settings in the management API: what the server runs with, the auth switch, the providers. */

import type { FastifyInstance } from 'fastify';
import { requireRecentPassword } from '../../core/recent-passwords.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import type { Static } from '../schema.ts';
import { IdParams, IfMatchHeader } from './codec.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission } from './managers.ts';
import { entityTag, expectedVersion, readIfMatch } from './preconditions.ts';
import {
  AuthSwitchAnswer,
  AuthSwitchBody,
  ProviderProbeAnswer,
  SettingsAnswer,
  writeAuthSwitch,
  writeProbe,
  writeSettings,
} from './settings-codec.ts';

const REFUSALS = { 401: Problem, 403: Problem };
const common = { tags: ['Management'], security: BEARERS };
const ETag = { type: 'string', description: 'what If-Match must say to change it' };

export function registerSettingsRoutes(app: FastifyInstance, deps: HttpDeps): void {
  registerSettings(app, deps);
  registerAuthSwitch(app, deps);
  registerProviderTest(app, deps);
}

function registerSettings(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    '/management/settings',
    {
      schema: {
        ...common,
        operationId: 'management_settings',
        summary: 'What the server runs with, secrets left out',
        response: { 200: SettingsAnswer, ...REFUSALS },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'read_settings' });
      return writeSettings(deps.report(), {
        auth: await deps.authSwitch.read(),
        policy: deps.users.passwordPolicy(),
        providers: deps.providerProbes.list(),
      });
    },
  );
}

function registerAuthSwitch(app: FastifyInstance, deps: HttpDeps): void {
  app.put<{ Body: Static<typeof AuthSwitchBody> }>(
    '/management/settings/auth',
    {
      schema: {
        ...common,
        operationId: 'management_set_auth',
        summary:
          'Turn auth enforcement on or off; the built-in admin, with the password just entered',
        headers: IfMatchHeader,
        body: AuthSwitchBody,
        response: {
          200: { ...AuthSwitchAnswer, headers: { ETag } },
          ...REFUSALS,
          412: Problem,
          428: Problem,
        },
      },
    },
    async (request, reply) => {
      const { manager } = request;
      await requirePermission(request, deps, { action: 'switch_auth' });
      const precondition = readIfMatch(request.headers);
      requireRecentPassword(manager);
      const changed = await deps.authSwitch.change({
        isEnabled: request.body.enabled,
        expectedVersion: await expectedVersion(precondition, () => deps.authSwitch.read()),
        by: manager.requester,
      });
      if (changed.outcome === 'stale') throw new HttpFault('precondition_failed');
      reply.header('etag', entityTag(changed));
      return writeAuthSwitch(changed);
    },
  );
}

function registerProviderTest(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: Static<typeof IdParams> }>(
    '/management/providers/:id/test',
    {
      config: { body: 'ignored' },
      schema: {
        ...common,
        operationId: 'management_test_provider',
        summary: 'Ask a sign-in provider now whether it can be reached',
        params: IdParams,
        response: { 200: ProviderProbeAnswer, ...REFUSALS, 404: Problem },
      },
    },
    async (request) => {
      await requirePermission(request, deps, { action: 'test_providers' });
      return writeProbe(await deps.providerProbes.probe(request.params.id));
    },
  );
}
