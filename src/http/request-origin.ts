/** What events, limits and sessions may know of where a request came from. */

import type { IncomingMessage } from 'node:http';
import type { RequestOrigin } from '../core/events.ts';
import type { ClientAddresses } from './client-address.ts';

const MAX_USER_AGENT_LENGTH = 256;

/** Worked out when asked for: checks of tokens never ask. */
export function originOf(
  { headers, socket }: IncomingMessage,
  requestId: string,
  addresses: ClientAddresses,
): RequestOrigin {
  const forwardedFor = headers['x-forwarded-for'];
  const forwarded = Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor;
  const hasOtherHeader = headers.forwarded !== undefined || headers['x-real-ip'] !== undefined;
  return {
    ...addresses.resolve(socket.remoteAddress, forwarded, hasOtherHeader),
    requestId,
    userAgent: printable(headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT_LENGTH),
  };
}

/** Headers reach us as Latin-1 and may hold control characters that a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
