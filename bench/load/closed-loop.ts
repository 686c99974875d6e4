/**
 * One keep-alive connection with one request on its way at a time, for as long as it is told to.
 * A request counts only when its whole answer is there and is what was expected.
 */

import { connect, type Socket } from 'node:net';
import { type Answer, bodyText, headerOf, MalformedAnswer, parseAnswer } from './answer-parser.ts';
import type { LoadPlan } from './plan.ts';
import { type RequestSource, requestsOf } from './requests.ts';
import type { Tally } from './tally.ts';

const READ_BUFFER_BYTES = 8 * 1024;
/** Nobody is waited for longer: a server that never answers is a failure, and not a slow one. */
const ANSWER_DEADLINE_MS = 30_000;

export class ClosedLoop {
  readonly #plan: LoadPlan;
  readonly #index: number;
  readonly #tally: Tally;
  readonly #requests: RequestSource;
  #socket: Socket | null = null;
  #unread: Buffer | null = null;
  #isWaiting = false;
  #isStopped = false;
  #sinceMs = 0;
  #dueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: LoadPlan, index: number, tally: Tally) {
    this.#plan = plan;
    this.#index = index;
    this.#tally = tally;
    this.#requests = requestsOf(plan.work, index);
  }

  start(): void {
    const { intervalMs, connections } = this.#plan;
    // Paced connections take turns; all at once would be bursts.
    const offsetMs = intervalMs === undefined ? 0 : (intervalMs * this.#index) / connections;
    this.#dueMs = performance.now() + offsetMs;
    this.#timer = setTimeout(() => this.#open(), offsetMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  /** Fails when the request on its way has waited too long. */
  checkDeadline(nowMs: number): void {
    if (!this.#isWaiting || nowMs - this.#sinceMs < ANSWER_DEADLINE_MS) return;
    this.#fail(`no answer within ${ANSWER_DEADLINE_MS / 1000} s`);
  }

  #open(): void {
    const { host, port } = this.#plan;
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          this.#read(buffer.subarray(0, length));
          return true;
        },
      },
    });
    this.#socket = socket;
    this.#unread = null;
    let isConnected = false;
    socket.once('connect', () => {
      isConnected = true;
      this.#send();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (this.#socket === socket) this.#lose(error.code ?? error.message, isConnected);
    });
    socket.once('close', () => {
      if (this.#socket === socket) this.#lose('connection closed', isConnected);
    });
  }

  #send(): void {
    const { intervalMs } = this.#plan;
    const nowMs = performance.now();
    // A timer that fires late is ours; a request that waited for the answer before it is not.
    this.#sinceMs = intervalMs === undefined ? nowMs : Math.min(nowMs, this.#dueMs);
    if (intervalMs !== undefined) this.#dueMs += intervalMs;
    this.#isWaiting = true;
    this.#socket?.write(this.#requests.next());
  }

  #read(bytes: Buffer): void {
    const whole = this.#unread === null ? bytes : Buffer.concat([this.#unread, bytes]);
    try {
      if (!this.#isWaiting) throw new MalformedAnswer('came without a request');
      const answer = parseAnswer(whole);
      if (answer === null) {
        // The buffer is written over by the next read.
        this.#unread = this.#unread === null ? Buffer.from(bytes) : whole;
        return;
      }
      this.#unread = null;
      this.#isWaiting = false;
      this.#take(answer, whole);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #take(answer: Answer, bytes: Buffer): void {
    const { refusals } = this.#plan;
    const nowMs = performance.now();
    if (refusals !== undefined && answer.status === refusals.status) {
      const hasRetryAfter = headerOf(answer.head, 'retry-after') !== null;
      this.#tally.refused(this.#sinceMs, nowMs, hasRetryAfter);
      this.#timer = setTimeout(() => this.#next(answer), refusals.pauseMs);
      return;
    }
    if (!this.#isExpected(answer, bytes)) {
      this.#tally.failed(`${answer.status} ${bodyText(bytes, answer).slice(0, 80)}`);
      this.stop();
      return;
    }
    this.#tally.answered(this.#index, this.#sinceMs, nowMs);
    if (!this.#requests.take(() => bodyText(bytes, answer))) {
      this.#fail('an answer without the field for the next request');
      return;
    }
    this.#next(answer);
  }

  #isExpected(answer: Answer, bytes: Buffer): boolean {
    const { status, bodyPrefix } = this.#plan.expected;
    if (answer.status !== status) return false;
    // Text of the whole only where the framing of chunks is in between.
    const start = answer.isChunked
      ? bodyText(bytes, answer).slice(0, bodyPrefix.length)
      : bytes.toString('latin1', answer.bodyStart, answer.bodyStart + bodyPrefix.length);
    return start === bodyPrefix;
  }

  #next(answer: Answer): void {
    if (this.#isStopped) return;
    const isClosing = headerOf(answer.head, 'connection')?.toLowerCase() === 'close';
    if (this.#socket === null || isClosing) {
      this.#reopen();
      return;
    }
    if (this.#plan.intervalMs === undefined) {
      this.#send();
      return;
    }
    const nowMs = performance.now();
    if (this.#dueMs <= nowMs) {
      this.#send();
      return;
    }
    this.#timer = setTimeout(() => this.#sendDue(), this.#dueMs - nowMs);
  }

  #sendDue(): void {
    if (this.#isStopped) return;
    // The timer's own lateness is not the server's.
    this.#dueMs = Math.max(this.#dueMs, performance.now());
    if (this.#socket === null) this.#reopen();
    else this.#send();
  }

  #reopen(): void {
    const old = this.#socket;
    this.#socket = null;
    old?.destroy();
    this.#open();
  }

  /** A server may close a connection that rests; during a request it owes an answer. */
  #lose(why: string, wasConnected: boolean): void {
    this.#socket = null;
    if (this.#isStopped) return;
    const { intervalMs, refusals, mayBeTurnedAway } = this.#plan;
    if (mayBeTurnedAway !== undefined) {
      this.#isWaiting = false;
      this.#tally.turnedAway(performance.now());
      this.#timer = setTimeout(() => this.#open(), mayBeTurnedAway.pauseMs);
      return;
    }
    // Resting: a timer is set that opens another one.
    const mayRest = intervalMs !== undefined || refusals !== undefined;
    if (this.#isWaiting || !wasConnected || !mayRest) this.#fail(why);
  }

  #fail(why: string): void {
    this.#tally.failed(why);
    this.stop();
  }
}
