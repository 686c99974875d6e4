/** A server with two providers, and the way of a browser from the login page and back. */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, beforeEach } from 'node:test';
import type { BrowserSession } from './cookie-jar.ts';
import { FakeClock } from './fake-clock.ts';
import { claimsOf } from './forged-tokens.ts';
import type { CallAnswer } from './http-call.ts';
import { OpenIdProvider, type ProviderPerson } from './openid-provider.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

export interface ProviderServer extends TestServer {
  readonly google: OpenIdProvider;
  /** `Acme SSO` in the setting OIDC_PROVIDERS. */
  readonly acme: OpenIdProvider;
}

export const GOOGLE_LOGIN = '/auth/google/login';
export const ACME_LOGIN = '/auth/oidc/acme-sso/login';
/** Where the client of `POST /api/auth/google` lets the provider send its browsers. */
export const CLIENT_REDIRECT_URI = 'http://localhost:5173/signed-in';

let people = 0;

/** Somebody with a verified email whom no other test of this process knows. */
export function newPerson(more: Partial<ProviderPerson> = {}): ProviderPerson & { email: string } {
  people += 1;
  const email = `person-${people}@example.com`;
  return { sub: `subject-${people}`, email, email_verified: true, ...more } as ProviderPerson & {
    email: string;
  };
}

export function settingsOf(google: OpenIdProvider, acme: OpenIdProvider): Record<string, string> {
  return {
    GOOGLE_ISSUER: google.issuer,
    GOOGLE_CLIENT_ID: google.clientId,
    GOOGLE_CLIENT_SECRET: google.clientSecret,
    GOOGLE_REDIRECT_URIS: `${CLIENT_REDIRECT_URI},https://app.example.com/signed-in`,
    OIDC_PROVIDERS: JSON.stringify([
      {
        name: 'Acme SSO',
        issuer: acme.issuer,
        client_id: acme.clientId,
        client_secret: acme.clientSecret,
      },
    ]),
    LOGIN_FAILURES_PER_MINUTE: '1000',
    ACCOUNT_FAILURES_PER_MINUTE: '1000',
  };
}

/** Its clock starts at the time that is, because the tokens of a provider do. */
export async function startProviderServer(
  options: TestServerOptions & { providerHost?: string } = {},
): Promise<ProviderServer> {
  const host = options.providerHost ?? '127.0.0.1';
  const google = await OpenIdProvider.start('google', host);
  const acme = await OpenIdProvider.start('acme', host);
  const settings = { ...settingsOf(google, acme), ...options.settings };
  const server = await startTestServer({ clock: new FakeClock(Date.now()), ...options, settings });
  google.redirectUris.add(`${server.url}/auth/google/callback`).add(CLIENT_REDIRECT_URI);
  acme.redirectUris.add(`${server.url}/auth/oidc/acme-sso/callback`);
  const close = async () => {
    await Promise.all([google.close(), acme.close()]);
    await server.close();
  };
  return { ...server, google, acme, close };
}

/**
 * One for all tests of a file or suite, in which the providers behave again before each test.
 * `take` gets it before the first of them.
 */
export function useProviderServer(
  take: (server: ProviderServer) => void,
  options?: Parameters<typeof startProviderServer>[0],
): void {
  let server: ProviderServer;
  before(async () => {
    server = await startProviderServer(options);
    take(server);
  });
  beforeEach(() => {
    server.google.reset();
    server.acme.reset();
  });
  after(() => server.close());
}

/** Asks to sign in; where the browser is sent. */
export async function startFlow(
  browser: BrowserSession,
  login = GOOGLE_LOGIN,
  returnTo?: string,
): Promise<URL> {
  const query = returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
  const answer = await browser.get(`${login}${query}`);
  assert.equal(answer.status, 302, answer.text);
  return new URL(String(answer.headers.location));
}

/** The person agrees at the provider; where the browser is sent back to. */
export async function agree(authorization: URL, person: ProviderPerson): Promise<URL> {
  const headers = { 'x-person': encodeURIComponent(JSON.stringify(person)) };
  const location = await new Promise<string>((resolve, reject) => {
    const outgoing = request(authorization, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => {
        const { location: target } = answer.headers;
        if (answer.statusCode === 302 && target !== undefined) resolve(target);
        else reject(new Error(`the provider refused: ${answer.statusCode} ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  return new URL(location);
}

/** What the browser asks us for when it is sent back. */
export const pathOf = ({ pathname, search }: URL): string => `${pathname}${search}`;

/** The whole way; what the callback answered. */
export async function signInByProvider(
  browser: BrowserSession,
  person: ProviderPerson,
  { login = GOOGLE_LOGIN, returnTo }: { login?: string; returnTo?: string } = {},
): Promise<CallAnswer> {
  const callback = await agree(await startFlow(browser, login, returnTo), person);
  return browser.get(pathOf(callback));
}

/** The claims of who is signed in. */
export function signedInAs(browser: BrowserSession): Record<string, unknown> {
  const token = browser.cookies.get('token');
  assert.ok(token, 'nobody is signed in');
  return claimsOf(token);
}
