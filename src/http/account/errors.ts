/** Refusals of the account API: those of the management API, but for what only people hear. */

import type { Refusal, RefusalAnswer } from '../faults.ts';
import { problem, problemOf } from '../management/errors.ts';

const SENTENCES: { readonly [R in Refusal]?: readonly [status: number, sentence: string] } = {
  bearer_invalid: [
    401,
    'Send the header Authorization: Bearer with the access JWT of a live session, or sign in at ' +
      '/auth/login.',
  ],
  cookie_repeated: [401, 'A cookie of the sign-in came twice, so neither counts. Sign in again.'],
  credentials_invalid: [401, 'This is not your current password, or the session has ended.'],
};

export function accountProblemOf(refusal: Refusal, detail: unknown): RefusalAnswer {
  const own = SENTENCES[refusal];
  if (own === undefined) return problemOf(refusal, detail);
  const [status, sentence] = own;
  return problem(status, refusal, sentence);
}
