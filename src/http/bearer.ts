/** Reads the Authorization header (RFC 6750 §2.1): one header, scheme Bearer in any case. */

import type { IncomingMessage } from 'node:http';
import { countHeader } from './request-target.ts';

export type BearerHeader =
  | { readonly form: 'absent' }
  | { readonly form: 'malformed' }
  | { readonly form: 'bearer'; readonly token: string };

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

export function readBearer(request: IncomingMessage): BearerHeader {
  const value = request.headers.authorization;
  // Node keeps the first of several; a proxy may have checked another one.
  if (countHeader(request, 'authorization') > 1) return { form: 'malformed' };
  if (value === undefined || value === '') return { form: 'absent' };
  const token = BEARER.exec(value)?.[1];
  return token === undefined ? { form: 'malformed' } : { form: 'bearer', token };
}

/** The token, or null when there is none in an acceptable form. */
export function bearerToken(request: IncomingMessage): string | null {
  const header = readBearer(request);
  return header.form === 'bearer' ? header.token : null;
}
