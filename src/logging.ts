/**
 * Logs: readable on a terminal, one JSON object a line otherwise. Lines are written by a buffer
 * that never makes a request wait; if the reader stops reading, lines are dropped and counted.
 */

import { isatty } from 'node:tty';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { SecurityEvent, SecurityEventName } from './core/events.ts';
import type { SecurityEvents } from './core/ports.ts';

const STDOUT = 1;
/** How long the end of the process waits for a reader. */
const MAX_FLUSH_MS = 1_000;
/** Lines are written together once there are so many, or have waited so long: each write costs. */
const GATHERED_BYTES = 4096;
const MAX_DELAY_MS = 100;
/** Bytes that may wait for a slow reader. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface LogOutput {
  readonly log: Logger;
  /** Lines that nobody could read in time. */
  readonly droppedLines: () => number;
  /** Writes what is still waiting; for the end of the process. */
  readonly flush: () => void;
}

export async function createLogOutput(level: string): Promise<LogOutput> {
  let flushDeadlineMs = Number.POSITIVE_INFINITY;
  const buffer = pino.destination({
    dest: STDOUT,
    sync: false,
    minLength: GATHERED_BYTES,
    periodicFlush: MAX_DELAY_MS,
    maxLength: MAX_WAITING_BYTES,
    // A reader that does not read must not keep the process from ending.
    retryEAGAIN: () => performance.now() < flushDeadlineMs,
  });
  let dropped = 0;
  buffer.on('drop', () => {
    dropped += 1;
  });
  // A closed pipe must not end the server: nobody reads any more, that is all.
  buffer.on('error', () => {
    dropped += 1;
  });
  const destination = isatty(STDOUT) ? await readable(buffer) : buffer;
  return {
    log: createLogger(level, destination),
    droppedLines: () => dropped,
    flush: () => {
      flushDeadlineMs = performance.now() + MAX_FLUSH_MS;
      try {
        buffer.flushSync();
      } catch {
        // Not opened yet, or the reader is gone: there is nobody to tell.
        buffer.destroy();
      }
    },
  };
}

async function readable(destination: DestinationStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination,
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
    messageFormat: '{msg}',
  });
}

export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Refusals and signs of attack; everything else is `info`. */
const WARNINGS: ReadonlySet<SecurityEventName> = new Set([
  'admin.sign_in_failed',
  'auth.disabled',
  'bearer.denied',
  'bearer.rejected',
  'console.confirmation_failed',
  'local_call.refused',
  'session.refresh_reused',
  'session.sign_in_failed',
  'sign_in.busy',
  'sign_in.limited',
  'sign_in.provider_refused',
]);

/** Writes each security event as one line with a stable `event` name. */
export class LoggedEvents implements SecurityEvents {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  record(event: SecurityEvent): void {
    const { name, origin, subject, nameHash, sessionId, accessTokenId, reason, endedSessions } =
      event;
    const line = {
      event: name,
      subject,
      name_hash: nameHash,
      session_id: sessionId,
      access_token_id: accessTokenId,
      reason,
      ended_sessions: endedSessions,
      address: origin?.address,
      request_id: origin?.requestId,
    };
    const level = WARNINGS.has(name) ? 'warn' : 'info';
    this.#log[level](line, reason === undefined ? name : `${name} (${reason})`);
  }
}
