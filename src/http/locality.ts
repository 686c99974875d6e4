/**
 * Whether a request was made on this machine by its operator (contract decision 4). A loopback
 * peer alone proves nothing: behind a reverse proxy on the same host every request has one, and a
 * web page can make a browser send some. So all of these must hold, and whatever cannot be
 * checked counts against it.
 */

import type { IncomingMessage } from 'node:http';
import { findSocketOwner } from './socket-owner.ts';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Set by proxies; nobody who is really here sends them. */
const PROXY_HEADER =
  /^(forwarded|via|x-forwarded($|-.*)|x-real-ip|x-client-ip|true-client-ip|cf-.*)$/;

/** Why a request is not local, as a stable word for the log; null when it is. */
export type NotLocalReason =
  | 'remote_peer'
  | 'not_http_1_1'
  | 'absolute_target'
  | 'proxy_header'
  | 'foreign_host'
  | 'foreign_origin'
  | 'other_user';

/** Whether it was, where calls for localhost are answered at all. */
export async function isLocalCall(
  request: IncomingMessage,
  settings: { readonly allowsLocalCalls: boolean },
): Promise<boolean> {
  return settings.allowsLocalCalls && (await findNotLocalReason(request)) === null;
}

export async function findNotLocalReason(request: IncomingMessage): Promise<NotLocalReason | null> {
  const { socket, rawHeaders } = request;
  if (!LOOPBACK.test(socket.remoteAddress ?? '')) return 'remote_peer';
  // nginx's proxy_pass speaks 1.0 unless told otherwise.
  if (request.httpVersion !== '1.1') return 'not_http_1_1';
  // Written to proxies; its host, and not the Host header, is the one that was meant.
  if (!request.url?.startsWith('/')) return 'absolute_target';
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (names.some((name) => PROXY_HEADER.test(name))) return 'proxy_header';
  const host = request.headers.host ?? '';
  const isOneHost = names.filter((name) => name === 'host').length === 1;
  if (!isOneHost || !isLocalHost(host, socket.localPort)) return 'foreign_host';
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return 'foreign_origin';
  return (await isOwnPeer(socket)) ? null : 'other_user';
}

/** Exactly a name of this machine with our port: another name is DNS rebinding. */
function isLocalHost(host: string, port: number | undefined): boolean {
  if (port === undefined) return false;
  return LOCAL_NAMES.some((name) => host === `${name}:${port}` || (port === 80 && host === name));
}

/**
 * nginx with its default proxy_pass sends a loopback Host and no header of its own, so on Linux
 * the peer's socket must belong to our user or to root. Other systems do not tell.
 */
async function isOwnPeer(socket: IncomingMessage['socket']): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid === undefined) return true;
  const owner = await findSocketOwner({
    address: socket.remoteAddress ?? '',
    port: socket.remotePort ?? 0,
    peerPort: socket.localPort ?? 0,
  });
  return owner !== null && (owner === 0 || owner === process.getuid());
}
