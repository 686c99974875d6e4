/**
 * Lets a burst of sign-ins in a few at a time, so that what needs no password is answered between
 * them, and refuses those that there is no place for ahead of the framework: five hundred clients
 * that come again ten times a second would otherwise keep the event loop from everybody else. What
 * is refused here is only what core/password-checks.ts refuses; everything else goes through the
 * routes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { RequestOrigin } from '../core/events.ts';
import type { PasswordChecks } from '../core/password-checks.ts';
import { ADMIN_API_REFUSALS } from './admin-api/errors.ts';
import { MAX_BODY_BYTES } from './body.ts';
import { findHostFault } from './request-target.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { USER_API_REFUSALS } from './user-api/errors.ts';

/**
 * What each costs, in steps of some ten microseconds: a request that is let in, a refusal that is
 * entered into the audit trail, and one that has been this minute.
 */
const EFFORT = { letIn: 32, recorded: 8, refused: 2 };
/** After so much of it others have their turn. */
const EFFORT_OF_TURN = 256;
/** Refusals of this long are one line in the log. */
const REPORT_MS = 1_000;

const bodyOf = ({ body }: { body: object }) => Buffer.from(JSON.stringify(body));

/** The paths that check a password, with what they say when there is no place for it. */
const REFUSALS = new Map<string, Buffer | null>([
  ['/api/auth/login', bodyOf(USER_API_REFUSALS.password_checks_busy())],
  ['/auth/admin/login', bodyOf(ADMIN_API_REFUSALS.password_checks_busy())],
  // Pages and what stands beside them are refused by their routes.
  ['/auth/login', null],
  ['/account/password', null],
  ['/management/console/session', null],
  ['/management/console/session/confirmation', null],
]);

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

type Busy = NonNullable<ReturnType<PasswordChecks['refuseIfFull']>>;

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export class SignInLane {
  readonly #checks: Pick<PasswordChecks, 'refuseIfFull'>;
  readonly #originOf: (request: IncomingMessage) => RequestOrigin;
  readonly #log: Logger;
  readonly #letIn: Listener;
  /** In the order in which they came; `#next` is the first that still waits. */
  #waiting: Waiting[] = [];
  #next = 0;
  #isScheduled = false;
  #effort = 0;
  #refused = 0;
  #report: NodeJS.Timeout | undefined;

  /** `letIn` is what answers requests otherwise. */
  constructor(deps: {
    passwordChecks: Pick<PasswordChecks, 'refuseIfFull'>;
    originOfRaw: (request: IncomingMessage) => RequestOrigin;
    log: Logger;
    letIn: Listener;
  }) {
    this.#checks = deps.passwordChecks;
    this.#originOf = deps.originOfRaw;
    this.#log = deps.log;
    this.#letIn = deps.letIn;
  }

  /** Whether the request was taken: it has been refused, or is let in when its turn comes. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'POST' || !REFUSALS.has(request.url ?? '')) return false;
    const waiting = { request, response };
    if (this.#next < this.#waiting.length || !this.#serve(waiting)) this.#waiting.push(waiting);
    this.#schedule();
    return true;
  }

  /** Lets in whoever waits, all at once: the server ends. */
  end(): void {
    const left = this.#waiting.slice(this.#next);
    this.#waiting = [];
    this.#next = 0;
    for (const { request, response } of left) this.#letIn(request, response);
    this.#reportRefusals();
  }

  /** Once what has come meanwhile has been read, and what it began has been done. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#effort = 0;
      this.#takeTurn();
    });
  }

  #takeTurn(): void {
    for (;;) {
      const waiting = this.#waiting[this.#next];
      if (waiting === undefined) break;
      if (!this.#serve(waiting)) {
        this.#schedule();
        return;
      }
      this.#next += 1;
    }
    this.#waiting = [];
    this.#next = 0;
  }

  /** False when this turn has had its share. */
  #serve({ request, response }: Waiting): boolean {
    if (this.#effort >= EFFORT_OF_TURN) return false;
    const busy = this.#findRefusal(request);
    if (busy === null) {
      this.#effort += EFFORT.letIn;
      this.#letIn(request, response);
      return true;
    }
    this.#effort += busy.isNews ? EFFORT.recorded : EFFORT.refused;
    this.#refuse(response, busy);
    return true;
  }

  /** Null for what its route must look at. */
  #findRefusal(request: IncomingMessage): (Busy & { body: Buffer }) | null {
    const body = REFUSALS.get(request.url ?? '') ?? null;
    const { origin, 'content-length': length = '0' } = request.headers;
    // What a web page may read of the answer is decided by cors.ts; 413 comes before 503.
    if (body === null || origin !== undefined || Number(length) > MAX_BODY_BYTES) return null;
    if (findHostFault(request) !== undefined) return null;
    const busy = this.#checks.refuseIfFull(() => this.#originOf(request));
    return busy && { ...busy, body };
  }

  /** The same bytes that the route would have answered. */
  #refuse(response: ServerResponse, { body, retryAfterSeconds }: Busy & { body: Buffer }): void {
    response.writeHead(503, {
      ...SECURITY_HEADERS,
      'content-type': 'application/json; charset=utf-8',
      'retry-after': String(retryAfterSeconds),
      'content-length': body.length,
    });
    response.end(body);
    this.#refused += 1;
    this.#report ??= setTimeout(() => this.#reportRefusals(), REPORT_MS).unref();
  }

  #reportRefusals(): void {
    clearTimeout(this.#report);
    this.#report = undefined;
    if (this.#refused === 0) return;
    this.#log.warn({ event: 'sign_in.busy', refused: this.#refused }, 'sign-ins were refused');
    this.#refused = 0;
  }
}
