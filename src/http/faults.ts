/**
 * What can be wrong with a request before any domain code sees it, as one closed union. Each
 * contract words each fault in its own table.
 */

import type { ErrorCode } from '../core/errors.ts';

export type HttpFaultKind =
  | 'bad_request'
  | 'body_invalid'
  | 'body_too_large'
  | 'cookie_repeated'
  | 'field_invalid'
  | 'field_missing'
  | 'foreign_site'
  | 'internal_error'
  | 'json_invalid'
  | 'last_admin'
  | 'method_not_allowed'
  | 'not_found'
  | 'not_local'
  | 'not_ready'
  | 'parameter_invalid'
  | 'precondition_failed'
  | 'precondition_required'
  | 'session_not_found'
  | 'too_many_streams'
  | 'unsupported_media_type';

export class HttpFault extends Error {
  readonly kind: HttpFaultKind;
  /**
   * The field for `field_*`, the allowed methods for `method_not_allowed`, `lines` where more than
   * usual would have been read for `body_too_large`; for `parameter_invalid` what the parameter
   * must be, as a sentence that names it.
   */
  readonly detail: string;

  constructor(kind: HttpFaultKind, detail = '') {
    super(kind);
    this.name = 'HttpFault';
    this.kind = kind;
    this.detail = detail;
  }
}

/** Everything that a contract must have an answer to. */
export type Refusal = ErrorCode | HttpFaultKind;

/** One refusal in a contract's own words. */
export interface RefusalAnswer {
  readonly status: number;
  readonly body: object;
}
