/**
 * `/console`: the page of the console at every address below it, and its assets. What it shows it
 * gets from the management API, as any client does; nothing here knows who is signed in.
 */

import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { notice, sendPage } from '../pages/layout.ts';
import { html } from '../pages/markup.ts';
import { acceptedEncoding } from './accepted-encoding.ts';
import { BuiltConsole } from './built-console.ts';

const NONCE_BYTES = 16;

export function registerConsole(app: FastifyInstance, deps: HttpDeps): void {
  const built = new BuiltConsole(deps.consoleFolder);
  const schema = { hide: true };
  app.get<{ Params: { name: string } }>(
    '/console/assets/:name',
    { schema },
    async ({ params, headers }, reply) => {
      const encoding = acceptedEncoding(headers['accept-encoding']);
      const asset = await built.asset(params.name, encoding);
      reply.header('vary', 'accept-encoding');
      if (asset === null) throw new HttpFault('not_found');
      if (encoding !== 'identity') reply.header('content-encoding', encoding);
      // The name changes with the content.
      reply.header('cache-control', 'public, max-age=31536000, immutable');
      return reply.type(asset.contentType).send(asset.content);
    },
  );
  const answer = async (_: unknown, reply: FastifyReply) => sendConsole(reply, built);
  app.get('/console', { schema }, answer);
  // The page finds out itself what is at an address, and says so when there is nothing.
  app.get('/console/*', { schema }, answer);
}

async function sendConsole(reply: FastifyReply, built: BuiltConsole): Promise<FastifyReply> {
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  const page = await built.page(nonce);
  if (page === null) return sendMissing(reply.code(503));
  return reply
    .headers({
      'content-security-policy': contentSecurityPolicy(nonce),
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    })
    .send(page);
}

/**
 * Styles carry the nonce because the components write some at run time; attributes are set
 * through the object model, which no policy restricts. The one policy of Trusted Types lets style
 * sheets through and no markup (console/src/trusted-types.ts), so nothing that is shown can become
 * a script.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ');
}

function sendMissing(reply: FastifyReply): FastifyReply {
  const main = html`<section class="card">
<h1>The console is not built</h1>
${notice('error', 'The server works, but the files of its console are not there.')}
<p>They are built by the first start with <code>npm start</code>, whose messages say what went
wrong. <code>npm run build:console</code> in the folder of Sallyport builds them by itself. Then
reload this page; the server need not be started again.</p>
<p>Until then, <code>npx sallyport --help</code> names the commands that do the same.</p>
</section>`;
  return sendPage(reply, { title: 'The console is not built', width: 'narrow', main });
}
