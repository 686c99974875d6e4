/** What a row of a table expects of an answer. */

import assert from 'node:assert/strict';
import type { CallAnswer } from './http-call.ts';

export interface ExpectedAnswer {
  readonly status: number;
  /** The exact bytes, or what they match. */
  readonly text?: string | RegExp;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that must not be there. */
  readonly without?: readonly string[];
}

export function expectAnswer(answer: CallAnswer, expected: ExpectedAnswer, row = ''): void {
  const { status, text, headers = {}, without = [] } = expected;
  assert.equal(answer.status, status, `${row}: ${answer.text}`);
  if (typeof text === 'string') assert.equal(answer.text, text, row);
  if (text instanceof RegExp) assert.match(answer.text, text, row);
  for (const [name, value] of Object.entries(headers)) {
    assert.equal(answer.headers[name], value, `${row}: ${name}`);
  }
  for (const name of without) assert.equal(answer.headers[name], undefined, `${row}: ${name}`);
}

/** A refusal in the words of the admin API. */
export function adminRefusal(status: number, message: string): ExpectedAnswer {
  return { status, text: JSON.stringify({ status: 'error', message }) };
}

/** A refusal in the words of the user API. */
export function userRefusal(status: number, error: string): ExpectedAnswer {
  return { status, text: JSON.stringify({ error }) };
}

export const UNAUTHORIZED: ExpectedAnswer = {
  ...adminRefusal(401, 'Invalid or missing authorization token'),
  headers: { 'www-authenticate': 'Bearer' },
};

export const DEAD_TOKEN: ExpectedAnswer = {
  ...userRefusal(401, 'invalid or expired token'),
  headers: { 'www-authenticate': 'Bearer' },
};

/** A refusal of the management API, by its code. */
export function problemRefusal(status: number, code: string): ExpectedAnswer {
  return {
    status,
    text: new RegExp(
      `^{"type":"about:blank",.*"status":${status},"detail":".+","code":"${code}"}$`,
    ),
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  };
}
