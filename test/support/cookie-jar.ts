/** What a browser keeps between two requests, with every header under the test's control. */

import assert from 'node:assert/strict';
import { USER_PASSWORD } from './accounts.ts';
import type { CallAnswer, CallOptions } from './http-call.ts';
import type { TestServer } from './test-server.ts';

export interface SetCookie {
  readonly value: string;
  /** By lower-case name; a flag has an empty text. */
  readonly attributes: Record<string, string>;
}

/** The cookies that an answer sets; two of one name fail the test. */
export function cookiesIn(answer: CallAnswer): Record<string, SetCookie> {
  const lines = [answer.headers['set-cookie'] ?? []].flat();
  const cookies: Record<string, SetCookie> = {};
  for (const line of lines) {
    const [[name = '', value = ''] = [], ...attributes] = line
      .split('; ')
      .map((part) => part.split('='));
    assert.equal(name in cookies, false, `${name} is set twice`);
    const named = attributes.map(([key = '', text = '']) => [key.toLowerCase(), text]);
    cookies[name] = { value, attributes: Object.fromEntries(named) };
  }
  return cookies;
}

export const FROM_OWN_PAGE = { 'sec-fetch-site': 'same-origin' };
export const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Names and values as a browser encodes a form. */
export function asForm(fields: Record<string, string>): CallOptions {
  return {
    headers: { 'content-type': FORM_TYPE, ...FROM_OWN_PAGE },
    body: new URLSearchParams(fields).toString(),
  };
}

export class BrowserSession {
  readonly #server: Pick<TestServer, 'call'>;
  readonly cookies = new Map<string, string>();

  constructor(server: Pick<TestServer, 'call'>) {
    this.#server = server;
  }

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async send(method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
    const cookie: Record<string, string> = this.cookies.size > 0 ? { cookie: this.header } : {};
    const headers = { accept: 'text/html', ...cookie, ...options.headers };
    const answer = await this.#server.call(method, path, { ...options, headers });
    for (const [name, { value, attributes }] of Object.entries(cookiesIn(answer))) {
      if (attributes['max-age'] === '0') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  get(path: string): Promise<CallAnswer> {
    return this.send('GET', path);
  }

  post(path: string, fields: Record<string, string> = {}): Promise<CallAnswer> {
    return this.send('POST', path, asForm(fields));
  }

  async signIn(username: string, password = USER_PASSWORD): Promise<this> {
    const answer = await this.post('/auth/login', { username, password });
    assert.equal(answer.status, 303, answer.text);
    return this;
  }
}
