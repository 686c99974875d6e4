/** The one stylesheet of the pages. Its address changes with its content, so it is kept for ever. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const PATH = '/assets/pages.css';
const STYLES = readFileSync(new URL('pages.css', import.meta.url), 'utf8');
const VERSION = createHash('sha256').update(STYLES).digest('base64url').slice(0, 12);

export const STYLESHEET_URL = `${PATH}?v=${VERSION}`;

export function registerStylesheet(app: FastifyInstance): void {
  const etag = `"${VERSION}"`;
  app.get<{ Querystring: { v?: unknown } }>(
    PATH,
    { schema: { hide: true } },
    async (request, reply) => {
      const isCurrent = request.query.v === VERSION;
      reply.header('cache-control', isCurrent ? 'public, max-age=31536000, immutable' : 'no-cache');
      reply.header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type('text/css; charset=utf-8').send(STYLES);
    },
  );
}
