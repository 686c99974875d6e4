/** Every route, and which contract words the refusals of what. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { registerAccountApi } from './account/routes.ts';
import { registerAdminApi } from './admin-api/routes.ts';
import { registerConsole } from './console/routes.ts';
import { registerCors } from './cors.ts';
import type { HttpDeps } from './deps.ts';
import { registerConsoleEntrance } from './management/console-routes.ts';
import { registerManagement } from './management/routes.ts';
import { registerAccountRoutes } from './pages/account-routes.ts';
import { registerLoginRoutes } from './pages/login-routes.ts';
import { answerWithPage, isPageRequest } from './pages/page-refusals.ts';
import { registerProviderRoutes } from './pages/provider-routes.ts';
import { registerStylesheet } from './pages/stylesheet.ts';
import { registerProbes } from './probes.ts';
import { answerRefusal } from './refusals.ts';
import { RouteMethods } from './route-methods.ts';
import { registerUserApi } from './user-api/routes.ts';

/** Also used, without a listener, to describe the routes. */
export async function registerRoutes(app: FastifyInstance, deps: HttpDeps): Promise<void> {
  const methods = new RouteMethods();
  app.addHook('onRoute', (route) => methods.add(route.url, route.method));
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    if (isPageRequest(request)) answerWithPage(error, request, reply, deps);
    else answerRefusal(error, request, reply, deps.log);
  };
  app.setErrorHandler(refuse);
  await registerCors(app, deps.corsOrigins);
  // In the hook, because the framework looks at the body before it calls the handler.
  app.addHook('onRequest', (request, _, next) => {
    next(request.is404 ? methods.faultFor(request.url) : undefined);
  });
  app.setNotFoundHandler((request, reply) => {
    refuse(methods.faultFor(request.url), request, reply);
  });
  registerProbes(app, deps);
  await app.register(async (scope) => registerAdminApi(scope, deps));
  await app.register(async (scope) => registerUserApi(scope, deps));
  await app.register(async (scope) => registerConsoleEntrance(scope, deps));
  await app.register(async (scope) => registerManagement(scope, deps));
  await app.register(async (scope) => registerAccountApi(scope, deps));
  await app.register(async (scope) => {
    registerStylesheet(scope);
    registerLoginRoutes(scope, deps);
    registerProviderRoutes(scope, deps);
    registerAccountRoutes(scope, deps);
  });
  await app.register(async (scope) => registerConsole(scope, deps));
}
