/**
 * The web origin that a request was made to, as the browser that made it would write it. Behind a
 * proxy only the proxy knows; it is believed when the operator has named it (TRUSTED_PROXIES).
 */

import type { IncomingMessage } from 'node:http';
import type { ClientAddresses } from './client-address.ts';

export interface OwnOrigin {
  readonly scheme: 'http' | 'https';
  /** With the port unless it is the scheme's own, in lower case. Never an address we invented. */
  readonly host: string;
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i;

export function ownOriginOf(request: IncomingMessage, addresses: ClientAddresses): OwnOrigin {
  const { headers, socket } = request;
  const isForwarded = addresses.isTrustedProxy(socket.remoteAddress);
  const proto = isForwarded ? lastHop(headers['x-forwarded-proto']) : undefined;
  const forwardedHost = isForwarded ? lastHop(headers['x-forwarded-host']) : undefined;
  const scheme = proto?.toLowerCase() === 'https' ? 'https' : 'http';
  const host = [forwardedHost, headers.host].find((name) => name !== undefined && HOST.test(name));
  return { scheme, host: withoutDefaultPort(host ?? '', scheme) };
}

/** As the Origin header spells it (RFC 6454 §6.2). */
export function serializeOrigin({ scheme, host }: OwnOrigin): string {
  return `${scheme}://${host}`;
}

/** What the trusted proxy wrote itself; everything before it came from elsewhere. */
function lastHop(header: string | string[] | undefined): string | undefined {
  return [header].flat().at(-1)?.split(',').at(-1)?.trim();
}

function withoutDefaultPort(host: string, scheme: 'http' | 'https'): string {
  const suffix = scheme === 'https' ? ':443' : ':80';
  const lower = host.toLowerCase();
  return lower.endsWith(suffix) ? lower.slice(0, -suffix.length) : lower;
}
