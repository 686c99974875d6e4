/** The listener: limits, request ids, security headers. */

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { registerRoutes } from './api-routes.ts';
import { registerBodyParser } from './body.ts';
import { ClientAddresses } from './client-address.ts';
import { compileOnUse } from './compile-on-use.ts';
import type { HttpDeps, ServerServices, ServerSettings } from './deps.ts';
import { quickSelf } from './management/self-routes.ts';
import { ownOriginOf } from './own-origin.ts';
import { answerParserError } from './parser-errors.ts';
import type { QuickAnswer } from './quick-answers.ts';
import { answerRefusal } from './refusals.ts';
import { newRequestId } from './request-ids.ts';
import { RequestLatency } from './request-latency.ts';
import { originOf } from './request-origin.ts';
import { findHostFault } from './request-target.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { SignInLane } from './sign-in-lane.ts';
import { quickVerify } from './user-api/quick-verify.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 10_000;

export async function createServer(
  services: ServerServices,
  settings: ServerSettings,
  log: Logger,
): Promise<FastifyInstance> {
  const app = createListener(log);
  const addresses = new ClientAddresses(settings.trustedProxies, () =>
    log.warn(
      { event: 'server.forwarding_header_ignored' },
      'A request carried a forwarding header, but its sender is not in TRUSTED_PROXIES: ignored. ' +
        'If a proxy of yours sent it, name its address in TRUSTED_PROXIES.',
    ),
  );
  const latency = new RequestLatency();
  const deps: HttpDeps = {
    ...services,
    ...settings,
    log,
    latency,
    originOf: ({ raw, id }) => originOf(raw, id, addresses),
    ownOriginOf: (request) => ownOriginOf(request.raw, addresses),
    // Loaded on use: describing the routes takes longer than starting to serve them.
    describeApi: async () => (await import('./openapi.ts')).describeApi(deps),
  };
  app.addHook('onSend', (request, _, __, next) => {
    const { startedMs } = request.raw as TimedRequest;
    if (startedMs !== undefined) latency.count(startedMs);
    next();
  });
  await registerRoutes(app, deps);
  const quickAnswer = firstOf([quickVerify(deps), quickSelf(deps)]);
  answerAhead(app, countedFor(latency, quickAnswer), (letIn) => {
    const originOfRaw = (request: IncomingMessage) => originOf(request, newRequestId(), addresses);
    return new SignInLane({ ...deps, originOfRaw, letIn });
  });
  return app;
}

interface TimedRequest extends IncomingMessage {
  /** On the monotone clock. */
  startedMs?: number;
}

function firstOf(answers: readonly QuickAnswer[]): QuickAnswer {
  return (request, response) => {
    for (const answer of answers) if (answer(request, response)) return true;
    return false;
  };
}

/** Counts what is answered; what is not is counted when the framework has its answer. */
function countedFor(latency: RequestLatency, answer: QuickAnswer): QuickAnswer {
  return (request: TimedRequest, response) => {
    const startedMs = performance.now();
    if (answer(request, response)) {
      latency.count(startedMs);
      return true;
    }
    request.startedMs = startedMs;
    return false;
  };
}

/**
 * Asks `answer` before the framework, and the lane who waits for it; the framework is left to
 * itself once the listener closes.
 */
function answerAhead(
  app: FastifyInstance,
  answer: QuickAnswer,
  makeLane: (letIn: RequestListener) => SignInLane,
): void {
  const [usual, ...others] = app.server.listeners('request') as RequestListener[];
  if (usual === undefined || others.length > 0) throw new Error('one listener was expected');
  const lane = makeLane(usual);
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    lane.end();
  });
  app.server.removeAllListeners('request');
  app.server.on('request', (request, response) => {
    if (!isClosing && (answer(request, response) || lane.take(request, response))) return;
    usual(request, response);
  });
}

/**
 * Browsers open connections before they have anything to ask. Node takes one for busy, and would
 * wait for it when the listener closes, for nobody looks after its timeout any more.
 */
function endSilentConnections(app: FastifyInstance): void {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    // What has come already is read in the next turn, and is a request in flight.
    setImmediate(() =>
      setImmediate(() => {
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }),
    );
  });
}

function createListener(log: Logger): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: newRequestId,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node would answer a missing Host without a body; findHostFault does it properly.
      requireHostHeader: false,
    },
    // No id is too long for the guard of its route to be asked first.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    forceCloseConnections: 'idle',
    // A request that came in before the listener closed is in flight, however late it is read.
    return503OnClosing: false,
    clientErrorHandler: answerParserError,
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS);
      answerRefusal(error, request, reply, log);
    },
    // 12345 is no name: what has the wrong type is refused and not converted.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    schemaController: { compilersFactory: compileOnUse },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  endSilentConnections(app);
  // An expectation that we do not know is ignored (RFC 9110 §10.1.1); Node's 417 has no body.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(SECURITY_HEADERS);
    next(findHostFault(request.raw));
  });
  registerBodyParser(app);
  return app;
}
