/** What every sign-in by a provider that fails looks like, for people. */

import assert from 'node:assert/strict';
import { cookiesIn } from './cookie-jar.ts';
import type { CallAnswer } from './http-call.ts';

/** @returns the message that the person reads */
export function expectLoginPageAgain(answer: CallAnswer, status: number, row = ''): string {
  assert.equal(answer.status, status, `${row}: ${messageOf(answer)}`);
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8', row);
  assert.match(String(answer.headers['cache-control']), /no-store/, row);
  assert.match(answer.text, /<title>Error: /, row);
  assert.match(answer.text, /<form method="post" action="\/auth\/login">/, row);
  const { token, refresh_token } = cookiesIn(answer);
  for (const cookie of [token, refresh_token]) {
    assert.ok(cookie === undefined || cookie.value === '', `${row} sets tokens`);
  }
  const message = messageOf(answer);
  assert.ok(message.length > 20, `${row} says why: ${message}`);
  assert.doesNotMatch(message, /undefined|null|\[object|Error:|ECONN|OAUTH|[a-z]_[a-z]/, row);
  return message;
}

function messageOf({ text }: CallAnswer): string {
  const [, markup = ''] = /role="alert">([\s\S]*?)<\/(?:p|div)>/.exec(text) ?? [];
  return markup.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
}
