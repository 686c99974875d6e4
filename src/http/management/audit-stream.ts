/**
 * The audit trail as it comes in: server-sent events (WHATWG HTML §9.2). A stream ends when its
 * credential does, when the server ends, and when nobody takes what it says; a client that comes
 * back with Last-Event-ID gets what it has missed.
 */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Followed } from '../../core/audit-feed.ts';
import { auditFields } from '../../core/audit-fields.ts';
import { actorIdOf } from '../../core/audit-rules.ts';
import { toVisibleJson } from '../../core/visible-text.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../faults.ts';
import { Type } from '../schema.ts';
import { AuditStreamQuery, readAuditStreamQuery } from './audit-queries.ts';
import { Problem } from './errors.ts';
import { BEARERS, requirePermission } from './managers.ts';
import { readByHand } from './queries.ts';

/** How soon a client comes back that was cut off. */
const RETRY_MS = 1_000;
/** Proxies cut connections that are silent for a minute. */
const SILENCE_MS = 15_000;
/** Between two looks at whether the credential still lives. */
const CHECK_INTERVAL_MS = 200;
/** Somebody who takes nothing for so long has gone, or must come back. */
const STALL_MS = 30_000;
/** For what is on its way when the server ends; nobody waits longer for who takes nothing. */
const LAST_WORDS_MS = 500;
const MAX_STREAMS = 100;
const MAX_STREAMS_OF_ONE = 10;

const TYPE = 'text/event-stream';

export function registerAuditStream(app: FastifyInstance, deps: HttpDeps): void {
  const places = new StreamPlaces();
  const ending = new AbortController();
  app.addHook('preClose', async () => ending.abort());
  app.get(
    '/management/audit-events/stream',
    {
      validatorCompiler: readByHand,
      exposeHeadRoute: false,
      schema: {
        tags: ['Management'],
        security: BEARERS,
        operationId: 'management_stream_audit_events',
        summary: 'Events as they come in, as server-sent events',
        querystring: AuditStreamQuery,
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ description: 'the id of the last event that came; from now on without' }),
          ),
        }),
        response: {
          200: { description: 'The events', content: { [TYPE]: { schema: Type.String() } } },
          401: Problem,
          403: Problem,
        },
      },
    },
    async (request, reply) => {
      await requirePermission(request, deps, { action: 'read_audit_trail' });
      const filter = readAuditStreamQuery(request.query);
      const afterId = readLastEventId(request);
      const leave = places.take(principalOf(request));
      try {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const end = AbortSignal.any([ending.signal, gone.signal]);
        const followed = deps.auditFeed.follow(filter, afterId, end);
        // A database that cannot be read is a refusal, and no stream that ends.
        const first = await followed.next();
        const isAllowed = () => request.manager.stillManages().catch(() => false);
        const text = eventStream({ first, followed, isAllowed });
        return send(reply, { text, ending: ending.signal, leave });
      } catch (error) {
        leave();
        throw error;
      }
    },
  );
}

function send(
  reply: FastifyReply,
  sent: { text: AsyncIterable<string>; ending: AbortSignal; leave: () => void },
): FastifyReply {
  const { text, ending, leave } = sent;
  // One piece at a time: what waits for a slow reader stays where it is.
  const stream = Readable.from(text, { objectMode: false, highWaterMark: 1 });
  const { raw } = reply;
  // Counted from the last moment at which the client has taken all there was.
  let takenAtMs = performance.now();
  const watch = setInterval(() => {
    if (raw.writableLength === 0) takenAtMs = performance.now();
    else if (performance.now() - takenAtMs > STALL_MS) raw.destroy();
  }, STALL_MS / 10).unref();
  const cutSoon = () => void setTimeout(() => raw.destroy(), LAST_WORDS_MS).unref();
  ending.addEventListener('abort', cutSoon);
  raw.once('close', () => {
    clearInterval(watch);
    ending.removeEventListener('abort', cutSoon);
    leave();
  });
  return reply.type(`${TYPE}; charset=utf-8`).header('x-accel-buffering', 'no').send(stream);
}

/** The text of a stream. Ends when `followed` does, or when who reads it may no longer. */
export async function* eventStream(input: {
  first: IteratorResult<Followed>;
  followed: AsyncGenerator<Followed>;
  isAllowed: () => Promise<boolean>;
  /** Monotone. */
  nowMs?: () => number;
}): AsyncGenerator<string> {
  const { first, followed, isAllowed, nowMs = () => performance.now() } = input;
  let spokenMs = nowMs();
  let checkedMs = spokenMs;
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    let isFirst = true;
    for (let next = first; !next.done; next = await followed.next()) {
      const { records, position } = next.value;
      if (nowMs() - checkedMs >= CHECK_INTERVAL_MS) {
        if (!(await isAllowed())) return;
        checkedMs = nowMs();
      }
      const isSilent = nowMs() - spokenMs >= SILENCE_MS;
      const events = records.map((record) => {
        return `id: ${record.id}\ndata: ${toVisibleJson(auditFields(record))}\n\n`;
      });
      // An id without data is kept by the client: it comes back to here, not to the last event.
      if (events.length === 0 && (isFirst || isSilent)) events.push(`:\nid: ${position}\n\n`);
      isFirst = false;
      if (events.length === 0) continue;
      yield events.join('');
      spokenMs = nowMs();
    }
  } finally {
    await followed.return(undefined);
  }
}

/** How many streams there are, in all and of each principal. */
class StreamPlaces {
  readonly #taken = new Map<string, number>();
  #count = 0;

  /** Gives what lets the place go, once. @throws HttpFault `too_many_streams` */
  take(principal: string): () => void {
    const own = this.#taken.get(principal) ?? 0;
    if (this.#count >= MAX_STREAMS || own >= MAX_STREAMS_OF_ONE) {
      throw new HttpFault('too_many_streams');
    }
    this.#count += 1;
    this.#taken.set(principal, own + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#count -= 1;
      const left = (this.#taken.get(principal) ?? 1) - 1;
      if (left === 0) this.#taken.delete(principal);
      else this.#taken.set(principal, left);
    };
  }
}

function principalOf({ manager }: FastifyRequest): string {
  const { actor } = manager.requester;
  return `${manager.kind}:${actor === undefined ? '' : actorIdOf(actor)}`;
}

/** @throws HttpFault `parameter_invalid` */
function readLastEventId({ headers }: FastifyRequest): number | null {
  const text = headers['last-event-id'];
  if (text === undefined || text === '') return null;
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  throw new HttpFault('parameter_invalid', 'Last-Event-ID must be the id of an event.');
}
