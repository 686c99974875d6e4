/** A browser with the console open: what it sends, and the cookie that it keeps. */

import assert from 'node:assert/strict';
import { createUser, USER_PASSWORD } from './accounts.ts';
import { cookiesIn, FROM_OWN_PAGE } from './cookie-jar.ts';
import type { CallAnswer, CallOptions } from './http-call.ts';
import { ADMIN_PASSWORD } from './test-config.ts';
import type { TestServer } from './test-server.ts';

export const SESSION = '/management/console/session';

export class ConsoleBrowser {
  readonly #server: Pick<TestServer, 'call'>;
  readonly #headers: Record<string, string>;
  /** As the Cookie header writes it; empty when there is none. */
  cookie = '';

  /** `headers` are sent with everything, as a proxy would. */
  constructor(server: Pick<TestServer, 'call'>, headers: Record<string, string> = {}) {
    this.#server = server;
    this.#headers = headers;
  }

  async send(method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
    const isJson = options.body !== undefined;
    const headers = {
      ...FROM_OWN_PAGE,
      ...this.#headers,
      ...(isJson && { 'content-type': 'application/json' }),
      ...(this.cookie !== '' && { cookie: this.cookie }),
      ...options.headers,
    };
    const answer = await this.#server.call(method, path, { ...options, headers });
    for (const [name, { value, attributes }] of Object.entries(cookiesIn(answer))) {
      this.cookie = attributes['max-age'] === '0' ? '' : `${name}=${value}`;
    }
    return answer;
  }

  enter(body: { username?: string; password: string }): Promise<CallAnswer> {
    return this.send('POST', SESSION, { body });
  }

  async signIn(body: { username?: string; password: string }): Promise<this> {
    const answer = await this.enter(body);
    assert.equal(answer.status, 200, answer.text);
    return this;
  }
}

/** The built-in admin, who is created if need be. */
export async function openAdminConsole(server: TestServer): Promise<ConsoleBrowser> {
  if (!(await server.sallyport.admin.exists())) await server.sallyport.admin.create(ADMIN_PASSWORD);
  return new ConsoleBrowser(server).signIn({ password: ADMIN_PASSWORD });
}

/** A new user with the role ADMIN. */
export async function openUserConsole(server: TestServer) {
  const user = await createUser(server, { role: 'ADMIN' });
  const { id, username } = user;
  const browser = new ConsoleBrowser(server);
  await browser.signIn({ username, password: USER_PASSWORD });
  return { id, username, browser };
}
