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
}

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
  ): Promise<Operation> {
    const start = this.#tick();
    // Kept from its start: the process under test may die before there is an end.
    const index = this.#operations.length;
    const unanswered: Operation = { ...operation, start, end: null, status: null, output: '' };
    this.#operations.push(unanswered);
    this.#onEvent();
    const answer = await request();
    if (answer === null) return unanswered;
    const answered: Operation = { ...operation, start, end: this.#tick(), ...answer };
    this.#operations[index] = answered;
    this.#onEvent();
    return answered;
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }
}

/** Whether `first` had been answered when `second` began. */
export function isBefore(first: Operation, second: Operation): boolean {
  return first.end !== null && first.end < second.start;
}

/** Whether `first` began before `second` was answered: then it can explain the answer. */
export function mayExplain(first: Operation, second: Operation): boolean {
  return first.start < (second.end ?? Number.POSITIVE_INFINITY);
}

export const isAcknowledged = (operation: Operation) => operation.status === 200;
export const isRefused = (operation: Operation) =>
  operation.status === 401 || operation.status === 404;
