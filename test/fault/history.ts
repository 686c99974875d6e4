/**
 * What clients did and were told, as one list of operations. The order of starts and ends is the
 * order in which this one process saw them; an operation without an end never got its answer.
 */

export type OperationCall =
  | 'refresh'
  | 'replay'
  | 'verify'
  | 'logout'
  | 'create'
  | 'rotate'
  | 'delete'
  | 'use'
  | 'list'
  | 'reset_password'
  | 'admin_login'
  | 'admin_use';

export interface Operation {
  readonly call: OperationCall;
  /** The session, the access token by name, `admin`, or `*` for a list. */
  readonly subject: string;
  /** The token or password that was presented. */
  readonly input: string;
  readonly start: number;
  readonly end: number | null;
  /** The HTTP status; null when no answer came. */
  readonly status: number | null;
  /** What was issued: a token, a pair as one text, or the names in a list. */
  readonly output: string;
  /** Where there are several servers: which one was asked, and when. */
  readonly asked?: { readonly server: string; readonly startMs: number; readonly endMs: number };
}

/** How long other servers may go on with what they have kept in memory. */
export const MAX_STALE_MS = 1_000;
/** The calls that are answered from there. */
const ANSWERED_FROM_MEMORY: readonly OperationCall[] = ['verify', 'use', 'admin_use'];

export interface History {
  readonly operations: readonly Operation[];
  /** Operations that start after this ran on the restarted server, one after the other. */
  readonly restartedAt: number;
}

/** Collects the history of one round. */
export class HistoryRecorder {
  readonly #operations: Operation[] = [];
  readonly #onEvent: () => void;
  #now = 0;
  #restartedAt = Number.POSITIVE_INFINITY;

  /** `onEvent` is told of every start and every end. */
  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  get history(): History {
    return { operations: this.#operations, restartedAt: this.#restartedAt };
  }

  markRestart(): void {
    this.#restartedAt = this.#tick();
  }

  /** Makes a request, which gives null when no answer comes, and writes down what became of it. */
  async record(
    operation: Pick<Operation, 'call' | 'subject' | 'input'>,
    request: () => Promise<{ status: number; output: string } | null>,
    server?: string,
  ): Promise<Operation> {
    const startMs = performance.now();
    const start = this.#tick();
    // Kept from its start: the process under test may die before there is an end.
    const index = this.#operations.length;
    const unanswered: Operation = { ...operation, start, end: null, status: null, output: '' };
    this.#operations.push(unanswered);
    this.#onEvent();
    const answer = await request();
    if (answer === null) return unanswered;
    const end = this.#tick();
    const asked =
      server === undefined ? {} : { asked: { server, startMs, endMs: performance.now() } };
    const answered: Operation = { ...operation, start, end, ...answer, ...asked };
    this.#operations[index] = answered;
    this.#onEvent();
    return answered;
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }
}

/** Whether `first` had been answered when `second` began, and `second` has to know of it. */
export function isBefore(first: Operation, second: Operation): boolean {
  if (first.end === null || first.end >= second.start) return false;
  return staleMs(first, second) === null || (staleMs(first, second) ?? 0) > MAX_STALE_MS;
}

/** How long after `first` a server began that may not have heard of it; null when it must have. */
export function staleMs(first: Operation, second: Operation): number | null {
  if (first.asked === undefined || second.asked === undefined) return null;
  if (first.asked.server === second.asked.server) return null;
  if (!ANSWERED_FROM_MEMORY.includes(second.call)) return null;
  return second.asked.startMs - first.asked.endMs;
}

/** Whether `first` began before `second` was answered: then it can explain the answer. */
export function mayExplain(first: Operation, second: Operation): boolean {
  return first.start < (second.end ?? Number.POSITIVE_INFINITY);
}

export const isAcknowledged = (operation: Operation) => operation.status === 200;
export const isRefused = (operation: Operation) =>
  operation.status === 401 || operation.status === 404;
