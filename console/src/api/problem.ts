/** What an answer that is no success says, whichever contract worded it. */

/** Stands for the status when there was no answer at all. */
export const NO_ANSWER = 0;

export class Problem extends Error {
  readonly status: number;
  /** A stable word such as `username_taken`; empty where the answer had none. */
  readonly code: string;
  /** Null where the answer did not say when to try again. */
  readonly retryAfterSeconds: number | null;

  constructor(
    status: number,
    { detail, code = '', retryAfterSeconds = null }: ProblemParts,
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

interface ProblemParts {
  readonly detail: string;
  readonly code?: string;
  readonly retryAfterSeconds?: number | null;
}

export function isProblem(error: unknown, code: string): error is Problem {
  return error instanceof Problem && error.code === code;
}

/** For people; an error that is no problem is a defect and says so. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Problem)) return 'Something went wrong in the console. Reload the page.';
  const { retryAfterSeconds: seconds, message } = error;
  if (error.status === 429 && seconds !== null) return `${message} Wait ${durationOf(seconds)}.`;
  return message;
}

function durationOf(seconds: number): string {
  if (seconds < 100) return `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}

export async function readProblem(answer: Response): Promise<Problem> {
  const body = await answer.json().catch(() => null);
  const { detail, code } = (body ?? {}) as { detail?: unknown; code?: unknown };
  // Creating the admin is a call of the admin API, which words its refusals in its own way.
  const message = detail ?? (body as { message?: unknown } | null)?.message;
  const wait = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return new Problem(answer.status, {
    detail: typeof message === 'string' ? message : `The server answered ${answer.status}.`,
    code: typeof code === 'string' ? code : '',
    retryAfterSeconds: Number.isFinite(wait) ? wait : null,
  });
}
