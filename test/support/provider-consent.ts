/** The page of a provider on which a person agrees or turns back, without any script. */

import type { ServerResponse } from 'node:http';

/** @returns false when the person has agreed already, so that the provider goes on. */
export function askPerson(query: URLSearchParams, response: ServerResponse): boolean {
  if (query.get('agreed') === 'yes') return false;
  const agreed = new URLSearchParams([...query, ['agreed', 'yes']]);
  const cancelled = new URL(query.get('redirect_uri') ?? '');
  cancelled.searchParams.set('error', 'access_denied');
  cancelled.searchParams.set('state', query.get('state') ?? '');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>The provider</title>
<h1>Shall it know who you are?</h1>
<a href="/authorize?${escaped(agreed.toString())}">Agree</a>
<a href="${escaped(cancelled.href)}">Cancel</a>`);
  return true;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
