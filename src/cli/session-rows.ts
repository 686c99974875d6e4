/** How live sessions are shown: the same columns and the same fields everywhere. */

import { InvalidArgumentError } from 'commander';
import type { ListedSession } from './operator-target.ts';
import type { Listing } from './tables.ts';
import { toMinute, toRfc3339 } from './times.ts';

export const SESSION_LISTING: Listing<ListedSession> = {
  columns: [
    // What `sessions end` needs, so it is never cut.
    { title: 'ID', text: ({ sessionId }) => sessionId, isWhole: true },
    { title: 'USERNAME', text: ({ username }) => username, isFlexible: true },
    { title: 'ADDRESS', text: ({ lastAddress }) => lastAddress },
    {
      title: 'REFRESHED',
      text: ({ refreshedAtMs }) => toRfc3339(refreshedAtMs),
      terminalText: ({ refreshedAtMs }) => toMinute(refreshedAtMs),
    },
    {
      title: 'CREATED',
      text: ({ createdAtMs }) => toRfc3339(createdAtMs),
      terminalText: ({ createdAtMs }) => toMinute(createdAtMs),
      canBeLeftOut: true,
    },
    {
      title: 'CLIENT',
      text: ({ userAgent }) => (userAgent === '' ? '-' : userAgent),
      isFlexible: true,
      canBeLeftOut: true,
    },
    { title: 'KIND', text: ({ kind }) => kind },
  ],
  toJson: (session) => ({
    id: session.sessionId,
    user_id: session.userId,
    username: session.username,
    created_at: toRfc3339(session.createdAtMs),
    refreshed_at: toRfc3339(session.refreshedAtMs),
    created_address: session.createdAddress,
    last_address: session.lastAddress,
    user_agent: session.userAgent,
    kind: session.kind,
  }),
};

const SESSION_ID = /^[\w-]{24}$/;

export function parseSessionId(text: string): string {
  if (SESSION_ID.test(text)) return text;
  throw new InvalidArgumentError('Say the id of a session, as `sessions list` shows it.');
}

/**
 * Puts the id of a session to where it cannot be taken for an option: one in sixty begins with a
 * dash, and whoever copies it from a list should not have to know what to do about that.
 */
export function protectSessionId(args: readonly string[]): string[] {
  const [noun, verb, ...rest] = args;
  const at = rest.findIndex((word, i) => {
    const isValue = rest[i - 1] === '--as' || rest[i - 1] === '--url';
    return word.startsWith('-') && SESSION_ID.test(word) && !isValue;
  });
  const id = rest[at];
  if (noun !== 'sessions' || verb !== 'end' || id === undefined || rest.includes('--')) {
    return [...args];
  }
  return [noun, verb, ...rest.toSpliced(at, 1), '--', id];
}
