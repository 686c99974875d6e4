/**
 * An OpenID provider on loopback: oauth2-mock-server for discovery, keys, codes and tokens, and in
 * front of it what a real provider checks (client, redirect URI, PKCE, codes that work once) and
 * every way in which a provider can fail or lie. What it is told to do lasts until `reset`.
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Events,
  JWKStore,
  type MutableRedirectUri,
  type MutableResponse,
  type MutableToken,
  OAuth2Issuer,
  OAuth2Service,
} from 'oauth2-mock-server';
import { askPerson } from './provider-consent.ts';
import {
  misbehave,
  type ProviderEndpoint,
  type ProviderFault,
  wordRefusals,
} from './provider-faults.ts';

/** Who is signed in at the provider, in its own words. */
export interface ProviderPerson {
  readonly sub: string;
  readonly email?: unknown;
  readonly email_verified?: unknown;
  readonly name?: string;
}

/** What a code stands for. */
interface Grant {
  readonly person: ProviderPerson;
  readonly redirectUri: string;
  readonly nonce: string | null;
  readonly challenge: string | null;
}

export type Claims = Record<string, unknown>;

/** What the provider was asked at its token endpoint. */
export type TokenRequestFields = Readonly<Record<string, string | undefined>>;

type AuthenticationMethod = 'client_secret_basic' | 'client_secret_post';
const BOTH_METHODS: readonly AuthenticationMethod[] = ['client_secret_basic', 'client_secret_post'];

const ENDPOINTS: Record<string, ProviderEndpoint> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'keys',
  '/token': 'token',
  '/userinfo': 'userinfo',
};

/** Its keys can be exchanged for others, which are all that it then publishes. */
class RotatingIssuer extends OAuth2Issuer {
  #current = new JWKStore();

  override get keys(): JWKStore {
    return this.#current;
  }

  async rotateKeys(): Promise<void> {
    const next = new JWKStore();
    await next.generate('RS256');
    this.#current = next;
  }
}

export class OpenIdProvider {
  clientId: string;
  clientSecret: string;
  /** Where it may send browsers back to; an empty set allows nothing. */
  readonly redirectUris = new Set<string>();
  readonly tokenRequests: TokenRequestFields[] = [];
  /** Requests at each endpoint. */
  readonly counts: Record<ProviderEndpoint, number> = {
    discovery: 0,
    keys: 0,
    token: 0,
    userinfo: 0,
  };
  /** Who is signed in there, for browsers that do not say it themselves. */
  person: ProviderPerson = { sub: 'nobody' };
  /** How clients may say their secret. */
  authenticationMethods: readonly AuthenticationMethod[] = BOTH_METHODS;
  /** Whether a page asks the person before a browser is sent back. */
  hasConsentPage = false;
  /** Whether ID tokens say no more than who it is, so that the rest is at the userinfo endpoint. */
  hasThinIdTokens = false;
  alterDiscovery: (document: Claims) => void = () => undefined;
  alterClaims: (claims: Claims) => void = () => undefined;
  alterUserinfo: (claims: Claims) => void = () => undefined;
  alterTokenResponse: (response: MutableResponse) => void = () => undefined;
  /** Puts another ID token in place of the genuine one. */
  forgeIdToken: (genuine: string) => string = (genuine) => genuine;

  readonly #issuer = new RotatingIssuer();
  readonly #service = new OAuth2Service(this.#issuer);
  readonly #grants = new Map<string, Grant>();
  readonly #people = new Map<string, ProviderPerson>();
  readonly #faults = new Map<ProviderEndpoint, ProviderFault>();
  readonly #hanging = new Set<ServerResponse>();
  readonly #host: string;
  #server: Server;

  /** @param host `localhost` is another site than 127.0.0.1 for browsers. */
  static async start(name = 'google', host = '127.0.0.1'): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider(name, host);
    await provider.#issuer.rotateKeys();
    await provider.#listen(0);
    return provider;
  }

  private constructor(name: string, host: string) {
    this.clientId = `${name}-client.apps.example`;
    // With what has to be encoded in a form and in a header.
    this.clientSecret = `${name} client+secret:%41/ä`;
    this.#host = host;
    this.#server = createServer();
    const { service } = this;
    service.on(Events.BeforeWellKnownOpenIdConfiguration, ({ body }: MutableResponse) => {
      const document = body as Claims;
      document.token_endpoint_auth_methods_supported = this.authenticationMethods;
      document.scopes_supported = ['openid', 'email', 'profile'];
      this.alterDiscovery(document);
    });
    service.on(Events.BeforeAuthorizeRedirect, (redirect: MutableRedirectUri, request) =>
      this.#rememberGrant(redirect.url, request),
    );
    service.on(Events.BeforeTokenSigning, (token: MutableToken, request) => {
      // The mock signs its access tokens too; only ID tokens have an audience.
      if (token.payload.aud !== undefined) this.#fillClaims(token.payload, request.body.code);
    });
    service.on(Events.BeforeResponse, (response: MutableResponse, request) =>
      this.#settleTokenRequest(response, request),
    );
    service.on(Events.BeforeUserinfo, (response: MutableResponse, request: IncomingMessage) => {
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      const person = this.#people.get(token);
      response.statusCode = person === undefined ? 401 : 200;
      response.body = person === undefined ? { error: 'invalid_token' } : { ...person };
      this.alterUserinfo(response.body);
    });
  }

  get service(): OAuth2Service {
    return this.#service;
  }

  /** Its name, which is also its address. */
  get issuer(): string {
    return this.#issuer.url ?? '';
  }

  /** The private key that signs now, as a JWK. */
  get signingKey(): Claims {
    return { ...this.#issuer.keys.toJSON(true)[0] };
  }

  rotateKeys(): Promise<void> {
    return this.#issuer.rotateKeys();
  }

  /** Makes one endpoint fail until `reset`. */
  break(endpoint: ProviderEndpoint, fault: ProviderFault): void {
    this.#faults.set(endpoint, fault);
  }

  /** Forgets every fault and every lie; lets go of whom it kept waiting. */
  reset(): void {
    this.#faults.clear();
    this.releaseHanging();
    this.authenticationMethods = BOTH_METHODS;
    this.hasThinIdTokens = false;
    this.hasConsentPage = false;
    this.alterDiscovery = () => undefined;
    this.alterClaims = () => undefined;
    this.alterUserinfo = () => undefined;
    this.alterTokenResponse = () => undefined;
    this.forgeIdToken = (genuine) => genuine;
  }

  get hangingRequests(): number {
    return this.#hanging.size;
  }

  releaseHanging(): void {
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  /** Nobody listens any more, as when it is down. */
  async goDown(): Promise<void> {
    this.releaseHanging();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Listens again where it was. */
  async comeBack(): Promise<void> {
    if (!this.#server.listening) await this.#listen(Number(new URL(this.issuer).port));
  }

  close(): Promise<void> {
    return this.goDown();
  }

  async #listen(port: number): Promise<void> {
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.listen(port, this.#host);
    await once(this.#server, 'listening');
    const { port: taken } = this.#server.address() as AddressInfo;
    this.#issuer.url = `http://${this.#host}:${taken}`;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.issuer);
    const endpoint = ENDPOINTS[pathname];
    if (pathname === '/authorize') {
      const fault = this.#faultOfAuthorization(searchParams);
      if (fault !== null) {
        response.writeHead(400, { 'content-type': 'text/plain' }).end(fault);
        return;
      }
      // Who says by themselves who they are has agreed.
      const isAsked = this.hasConsentPage && request.headers['x-person'] === undefined;
      if (isAsked && askPerson(searchParams, response)) return;
    }
    if (endpoint !== undefined) {
      this.counts[endpoint] += 1;
      const fault = this.#faults.get(endpoint);
      if (fault === 'hangs') {
        this.#hanging.add(response);
        return;
      }
      // Where a redirect leads, the right answer waits.
      const isRedirected = searchParams.has('moved');
      if (fault !== undefined && !isRedirected && misbehave(fault, request, response)) return;
    }
    if (endpoint === 'token') wordRefusals(response);
    this.#service.requestHandler(request, response);
  }

  /** What a provider shows the person instead of sending them back to who knows whom. */
  #faultOfAuthorization(query: URLSearchParams): string | null {
    if (query.get('client_id') !== this.clientId) return 'invalid_client';
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!this.redirectUris.has(redirectUri)) return `redirect_uri_mismatch: ${redirectUri}`;
    if (query.get('response_type') !== 'code') return 'unsupported_response_type';
    if (!query.get('scope')?.split(' ').includes('openid')) return 'invalid_scope';
    const isPlain = query.has('code_challenge') && query.get('code_challenge_method') !== 'S256';
    return isPlain ? 'code_challenge_method must be S256' : null;
  }

  #rememberGrant(url: URL, request: IncomingMessage): void {
    const query = new URL(request.url ?? '/', this.issuer).searchParams;
    const said = request.headers['x-person'];
    const person = typeof said === 'string' ? JSON.parse(decodeURIComponent(said)) : this.person;
    this.#grants.set(url.searchParams.get('code') ?? '', {
      person,
      redirectUri: query.get('redirect_uri') ?? '',
      nonce: query.get('nonce'),
      challenge: query.get('code_challenge'),
    });
  }

  #fillClaims(claims: Claims, code: string | undefined): void {
    const grant = this.#grants.get(code ?? '');
    if (grant === undefined) return;
    const { sub, ...rest } = grant.person;
    Object.assign(claims, { sub, aud: this.clientId }, !this.hasThinIdTokens && rest);
    this.alterClaims(claims);
  }

  #settleTokenRequest(
    response: MutableResponse,
    request: IncomingMessage & { body: object },
  ): void {
    const fields = request.body as TokenRequestFields;
    this.tokenRequests.push(fields);
    const grant = this.#grants.get(fields.code ?? '');
    this.#grants.delete(fields.code ?? '');
    if (!this.#isClient(request.headers.authorization, fields)) {
      Object.assign(response, { statusCode: 401, body: { error: 'invalid_client' } });
    } else if (grant === undefined || !isProven(grant, fields)) {
      Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
    } else {
      const body = response.body as { access_token: string; id_token: string };
      this.#people.set(body.access_token, grant.person);
      body.id_token = this.forgeIdToken(body.id_token);
      this.alterTokenResponse(response);
    }
  }

  #isClient(authorization: string | undefined, fields: TokenRequestFields): boolean {
    const isBasic = authorization?.startsWith('Basic ') === true;
    const method = isBasic ? 'client_secret_basic' : 'client_secret_post';
    if (!this.authenticationMethods.includes(method)) return false;
    const given = isBasic
      ? Buffer.from(authorization.slice(6), 'base64').toString().split(':').map(formDecoded)
      : [fields.client_id, fields.client_secret];
    return given.length === 2 && given[0] === this.clientId && given[1] === this.clientSecret;
  }
}

/** RFC 7636, section 4.6, and RFC 6749, section 4.1.3. */
function isProven(grant: Grant, { code_verifier = '', redirect_uri }: TokenRequestFields): boolean {
  const challenge = createHash('sha256').update(code_verifier).digest('base64url');
  const hasProof = grant.challenge === null || grant.challenge === challenge;
  return hasProof && grant.redirectUri === redirect_uri;
}

/** RFC 6749, section 2.3.1. */
function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text}`).get('x') ?? '';
}
