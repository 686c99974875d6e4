/** The OpenAPI 3.1 document, made from the same schemas that validate and serialise. */

import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import { registerRoutes } from './api-routes.ts';
import type { HttpDeps } from './deps.ts';
import { type ApiDocument, describeRefusals } from './openapi-refusals.ts';

let described: Promise<object> | undefined;

/** Made once a process: the routes do not change while it runs. */
export function describeApi(deps: HttpDeps): Promise<object> {
  described ??= describe(deps).catch((error: unknown) => {
    described = undefined;
    throw error;
  });
  return described;
}

async function describe(deps: HttpDeps): Promise<object> {
  const app = Fastify();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Sallyport',
        description:
          'Authentication for operators, machines and people. A path or method that is not here ' +
          'answers `404` or `405`, in the form of the contract that the path begins like.',
        version: '1',
      },
      components: {
        securitySchemes: {
          adminJwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'vdai_' },
          userJwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          tokenCookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'token',
            description: 'of the login page. What changes anything must be same-origin',
          },
          consoleCookie: {
            type: 'apiKey',
            in: 'cookie',
            name: '__Host-console',
            description: 'of a console session; `console` over plain http. Same origin only',
          },
        },
      },
    },
  });
  await registerRoutes(app, deps);
  await app.ready();
  const document = app.swagger();
  describeRefusals(document as unknown as ApiDocument);
  await app.close();
  return document;
}
