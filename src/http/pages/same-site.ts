/**
 * Whether a request was made by a page of ours (contract decision 15). A browser attaches cookies
 * to what a foreign page makes it send, but it also says who made it, and no page can change that.
 */

import type { IncomingMessage } from 'node:http';
import { HttpFault } from '../faults.ts';
import { type OwnOrigin, serializeOrigin } from '../own-origin.ts';

/** `unsaid` by programs that are no browsers, and by browsers for addresses typed in. */
export type RequestSite = 'same' | 'foreign' | 'unsaid';

/**
 * `Sec-Fetch-Site` decides where it is sent: browsers leave it out over plain http. An `Origin`
 * of another host is foreign whatever else is said; `null` is foreign unless Sec-Fetch-Site knows
 * better, as it does for pages that keep their address to themselves.
 */
export function siteOf({ headers }: IncomingMessage, own: OwnOrigin): RequestSite {
  const fetchSite = headers['sec-fetch-site'];
  const { origin } = headers;
  if (fetchSite === 'same-origin') {
    // TLS may end at a proxy that we are not told of, so the scheme is not compared here.
    const isOther = origin !== undefined && origin !== 'null' && hostIn(origin) !== own.host;
    return isOther ? 'foreign' : 'same';
  }
  if (fetchSite !== undefined && fetchSite !== 'none') return 'foreign';
  if (origin === undefined) return 'unsaid';
  return origin === serializeOrigin(own) ? 'same' : 'foreign';
}

/** @throws HttpFault `foreign_site` */
export function requireOwnPage(site: RequestSite, carriesCookies: boolean): void {
  if (site === 'foreign' || (site === 'unsaid' && carriesCookies)) {
    throw new HttpFault('foreign_site');
  }
}

function hostIn(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
