/**
 * Events as they come in. The browser comes back by itself where a connection breaks off; where the
 * server refuses, it says nothing of why, so the server is asked once more in a way that tells.
 */

import { type Problem, readProblem } from '../api/problem.ts';
import { noteSignedOut } from '../api/query-client.ts';
import type { AuditEvent } from './audit-calls.ts';

export type TailStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** It comes back by itself. */
  | { readonly kind: 'cut'; readonly why: string }
  /** It does not. */
  | { readonly kind: 'refused'; readonly why: string };

interface TailListener {
  readonly onStatus: (status: TailStatus) => void;
  /** Oldest first; the newest few hundred of a flood. */
  readonly onEvents: (events: readonly AuditEvent[]) => void;
}

/** So that a flood of events is drawn a few times a second and not for each of them. */
const GATHER_MS = 100;
/** One more than is kept, so that who keeps them sees that some are missing. */
const MAX_GATHERED = 301;
const RETRY_MS = 2_000;
const UNREACHABLE = 'The server cannot be reached. Trying again…';

/** Begins at once. Gives what ends it. */
export function openTail(url: string, { onStatus, onEvents }: TailListener): () => void {
  const closing = new AbortController();
  let source: EventSource | null = null;
  let gathered: AuditEvent[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const give = () => {
    gathering = undefined;
    const events = gathered;
    gathered = [];
    onEvents(events);
  };
  const connect = () => {
    const opened = new EventSource(url);
    source = opened;
    opened.onopen = () => onStatus({ kind: 'live' });
    opened.onmessage = ({ data }: MessageEvent<string>) => {
      gathered.push(JSON.parse(data) as AuditEvent);
      if (gathered.length > MAX_GATHERED) gathered.shift();
      gathering ??= setTimeout(give, GATHER_MS);
    };
    opened.onerror = () => {
      if (opened.readyState === EventSource.CLOSED) void learnWhy();
      else onStatus({ kind: 'cut', why: UNREACHABLE });
    };
  };
  const connectLater = (why: string, delayMs: number) => {
    onStatus({ kind: 'cut', why });
    retry = setTimeout(connect, delayMs);
  };
  const learnWhy = async () => {
    try {
      const problem = await askWhy(url, closing.signal);
      if (closing.signal.aborted) return;
      if (problem === null) connect();
      else if (problem.status === 401) noteSignedOut();
      else if (problem.status === 429 || problem.status >= 500) {
        const seconds = problem.retryAfterSeconds ?? 0;
        connectLater(`${problem.message} Trying again…`, Math.max(RETRY_MS, seconds * 1_000));
      } else onStatus({ kind: 'refused', why: problem.message });
    } catch {
      if (!closing.signal.aborted) connectLater(UNREACHABLE, RETRY_MS);
    }
  };

  onStatus({ kind: 'connecting' });
  connect();
  return () => {
    closing.abort();
    clearTimeout(gathering);
    clearTimeout(retry);
    source?.close();
  };
}

/** Null where the server would answer now. Rejects where it cannot be reached. */
async function askWhy(url: string, signal: AbortSignal): Promise<Problem | null> {
  const ended = new AbortController();
  const answer = await fetch(url, {
    credentials: 'same-origin',
    headers: { accept: 'text/event-stream' },
    signal: AbortSignal.any([signal, ended.signal]),
  });
  if (!answer.ok) return readProblem(answer);
  ended.abort();
  return null;
}
