/** The audit trail and the figures of a server, over the management API. */

import { setTimeout as pause } from 'node:timers/promises';
import { ACTOR_KINDS, type AuditFilter } from '../../core/audit-filters.ts';
import type { SecurityEventName } from '../../core/events.ts';
import type { AuditRecord } from '../../core/repository.ts';
import { toRfc3339Ms } from '../../core/rfc3339.ts';
import type { SeriesPeriod } from '../../core/sign-in-series.ts';
import { toVisible } from '../../core/visible-text.ts';
import { CommandFailure } from '../failures.ts';
import type { AuditTarget, FiguresOverTime } from '../operator-target.ts';
import {
  type AnswerObject,
  readChild,
  readNumber,
  readObject,
  readObjects,
  readOneOf,
  readOptional,
  readText,
  readTimeMs,
  readWhole,
} from './answers.ts';
import { type Asked, readPage, settle } from './remote-operations.ts';
import { readServerEvents } from './server-events.ts';

const PATH = '/management/audit-events';
/** The most that the server gives at once. */
const PAGE = 200;
/** Before a stream that has ended is asked for again. */
const RETRY_MS = 1_000;
/** A server that has been away for so long is given up. */
const MAX_AWAY_MS = 60_000;
/** What passes when a server is started anew, or another one takes over. */
const PASSING = ['answer_invalid', 'server_busy', 'server_unreachable'];

export function remoteAudit(asked: Asked, retryMs = RETRY_MS): AuditTarget {
  return {
    lastId: async () => (await newest(asked, {}, 1)).at(-1)?.id ?? 0,
    newest: (filter, count) => newest(asked, filter, count),
    follow: (filter, afterId, end) => follow(asked, { filter, afterId, end, retryMs }),
    export: async function* (filter, format) {
      const query = queryOf(filter, { format });
      const headers = { accept: 'application/jsonl, text/csv, application/problem+json' };
      const stream = asked.stream({ method: 'GET', path: `${PATH}/export?${query}`, headers });
      // A server says nothing that a terminal would obey; what answers there may be no such one.
      for await (const text of stream) yield text.split('\n').map(toVisible).join('\n');
    },
    countOverTime: (period) => readFigures(asked, period),
  };
}

/** Oldest of them first. */
async function newest(asked: Asked, filter: AuditFilter, count: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  let cursor: string | null = null;
  while (records.length < count) {
    const limit = String(Math.min(PAGE, count - records.length));
    const query: string = queryOf(filter, { limit, ...(cursor !== null && { cursor }) });
    const answer = await settle(asked, { method: 'GET', path: `${PATH}?${query}` });
    const { items, nextCursor } = readPage(answer);
    records.push(...items.map(readRecord));
    cursor = nextCursor;
    if (cursor === null) break;
  }
  return records.reverse();
}

interface Following {
  readonly filter: AuditFilter;
  readonly afterId: number;
  readonly end: AbortSignal;
  readonly retryMs: number;
}

/** Comes back to where it was when the server, or the way to it, was away for a while. */
async function* follow(
  asked: Asked,
  { filter, afterId, end, retryMs }: Following,
): AsyncGenerator<readonly AuditRecord[]> {
  const path = `${PATH}/stream?${queryOf(filter, {})}`;
  let lastId = String(afterId);
  let heardMs = performance.now();
  while (!end.aborted) {
    try {
      const headers = { accept: 'text/event-stream', 'last-event-id': lastId };
      const stream = asked.stream({ method: 'GET', path, headers });
      for await (const { id, data } of readServerEvents(stream)) {
        heardMs = performance.now();
        if (data !== null) yield [readRecord(readEventData(path, data))];
        if (id !== null && /^\d{1,15}$/.test(id)) lastId = id;
      }
    } catch (error) {
      if (end.aborted) return;
      const isPassing = error instanceof CommandFailure && PASSING.includes(error.code);
      if (!isPassing || performance.now() - heardMs > MAX_AWAY_MS) throw error;
    }
    await pause(retryMs, undefined, { signal: end }).catch(() => undefined);
  }
}

function readEventData(path: string, data: string): AnswerObject {
  const call = `GET ${path}`;
  try {
    return readObjects(call, [JSON.parse(data)])[0] as AnswerObject;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure('answer_invalid', [
      `The answer to ${call} has an event without JSON.`,
    ]);
  }
}

function queryOf(filter: AuditFilter, more: Readonly<Record<string, string>>): string {
  const { name, subject, actorKind, actorId, sessionId, accessTokenId, address } = filter;
  const { sinceMs, untilMs } = filter;
  return new URLSearchParams({
    ...(name !== undefined && { event: name }),
    ...(subject !== undefined && { subject }),
    ...(actorKind !== undefined && { actor_kind: actorKind }),
    ...(actorId !== undefined && { actor_id: actorId }),
    ...(sessionId !== undefined && { session_id: sessionId }),
    ...(accessTokenId !== undefined && { access_token_id: String(accessTokenId) }),
    ...(address !== undefined && { address }),
    ...(sinceMs !== undefined && { since: toRfc3339Ms(sinceMs) }),
    ...(untilMs !== undefined && { until: toRfc3339Ms(untilMs) }),
    ...more,
  }).toString();
}

function readRecord(object: AnswerObject): AuditRecord {
  return {
    id: readWhole(object, 'id'),
    atMs: readTimeMs(object, 'at'),
    // A newer server may know more of them.
    name: readText(object, 'event') as SecurityEventName,
    actorKind: readOneOf(object, 'actor_kind', ACTOR_KINDS),
    actorId: readOptional(object, 'actor_id', readText),
    subject: readOptional(object, 'subject', readText),
    sessionId: readOptional(object, 'session_id', readText),
    accessTokenId: readOptional(object, 'access_token_id', readWhole),
    nameHash: readOptional(object, 'name_hash', readText),
    reason: readOptional(object, 'reason', readText),
    endedSessions: readOptional(object, 'ended_sessions', readWhole),
    address: readOptional(object, 'address', readText),
    requestId: readOptional(object, 'request_id', readText),
    userAgent: readOptional(object, 'user_agent', readText),
  };
}

async function readFigures(asked: Asked, period: SeriesPeriod): Promise<FiguresOverTime> {
  const path = `/management/figures?period=${period}`;
  const answer = await settle(asked, { method: 'GET', path });
  const figures = readObject(answer);
  const latency = readChild(figures, 'latency');
  const bucketsOf = ({ call, fields }: AnswerObject) => readObjects(call, fields.buckets);
  return {
    fromMs: readTimeMs(figures, 'from'),
    untilMs: readTimeMs(figures, 'until'),
    bucketSeconds: readWhole(figures, 'bucket_seconds'),
    buckets: bucketsOf(figures).map((bucket) => ({
      atMs: readTimeMs(bucket, 'at'),
      signedIn: readWhole(bucket, 'signed_in'),
      signInFailed: readWhole(bucket, 'sign_in_failed'),
      refreshed: readWhole(bucket, 'refreshed'),
      limited: readWhole(bucket, 'limited'),
    })),
    latency: {
      serverId: readText(latency, 'server_id'),
      sinceMs: readTimeMs(latency, 'since'),
      buckets: bucketsOf(latency).map((bucket) => ({
        atMs: readTimeMs(bucket, 'at'),
        requests: readWhole(bucket, 'requests'),
        p50Ms: readNumber(bucket, 'p50_ms'),
        p99Ms: readNumber(bucket, 'p99_ms'),
      })),
    },
  };
}
