/** The console, which knows nothing of the server's code, has words for every event that there is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_GROUPS, EVENT_WORDS, wordsOf } from '../../console/src/audit/event-words.ts';
import { AUDIT_RULES } from '../../src/core/audit-rules.ts';

const EVENTS = Object.keys(AUDIT_RULES).sort();

test('the console has a sentence for every security event, and for no other', () => {
  assert.deepEqual(Object.keys(EVENT_WORDS).sort(), EVENTS);
});

test('every security event can be chosen in the console, once, by a label of its own', () => {
  assert.deepEqual(EVENT_GROUPS.flatMap(({ events }) => events).sort(), EVENTS);
  assert.equal(new Set(EVENTS.map((event) => wordsOf(event).label)).size, EVENTS.length);
});

test('a sentence about a person names the person, and one about a token the token', () => {
  for (const event of EVENTS) {
    const { sentence } = wordsOf(event);
    if (event.startsWith('user.')) assert.match(sentence, /\{subject\}/, event);
    if (event.startsWith('access_token.')) assert.match(sentence, /\{token\}/, event);
    assert.doesNotMatch(sentence.replaceAll(/\{(subject|token|actor)\}/g, ''), /[{}]/, event);
  }
});

test('what failed or was refused is marked where it can be somebody who tries the doors', () => {
  for (const event of ['session.sign_in_failed', 'admin.sign_in_failed', 'bearer.denied']) {
    assert.equal(wordsOf(event).tone, 'alarm', event);
  }
  assert.equal(wordsOf('session.signed_in').tone, undefined);
});

test('an event of another release is shown by its name', () => {
  assert.equal(wordsOf('moon.landed').sentence, 'moon.landed');
  assert.equal(wordsOf('constructor').sentence, 'constructor');
});
