/** `GET /api/auth/verify` ahead of the framework; routes.ts decides what is not in memory. */

import type { Sessions } from '../../core/sessions.ts';
import { type QuickAnswer, quickAnswer } from '../quick-answers.ts';
import { writeVerifiedUser } from './codec.ts';

export function quickVerify({
  sessions,
}: {
  sessions: Pick<Sessions, 'recallVerified'>;
}): QuickAnswer {
  return quickAnswer('/api/auth/verify', (token) => {
    const user = sessions.recallVerified(token);
    return user === null ? null : JSON.stringify(writeVerifiedUser(user));
  });
}
