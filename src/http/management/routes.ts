/** The management API: what operators do, and see, over HTTP. */

import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { registerAuditRoutes } from './audit-routes.ts';
import { registerAuditStream } from './audit-stream.ts';
import { registerConsoleRoutes } from './console-routes.ts';
import { registerFigures } from './figure-routes.ts';
import { guardManagement } from './managers.ts';
import { registerSelf } from './self-routes.ts';
import { registerSessionRoutes, registerStats } from './session-routes.ts';
import { registerSettingsRoutes } from './settings-routes.ts';
import { registerTokenRoutes } from './token-routes.ts';
import { registerTransferRoutes } from './transfer-routes.ts';
import { registerUserRoutes } from './user-routes.ts';

export async function registerManagement(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  registerSelf(app, deps);
  await app.register(async (scope) => registerGuarded(scope, deps));
}

function registerGuarded(app: FastifyInstance, deps: HttpDeps): void {
  guardManagement(app, deps);
  registerConsoleRoutes(app, deps);
  registerSettingsRoutes(app, deps);
  registerTransferRoutes(app, deps);
  registerUserRoutes(app, deps);
  registerSessionRoutes(app, deps);
  registerTokenRoutes(app, deps);
  registerStats(app, deps);
  registerAuditRoutes(app, deps);
  registerAuditStream(app, deps);
  registerFigures(app, deps);
}
