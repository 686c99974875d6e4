/**
 * One OpenID Connect provider, reached through discovery (OIDC Discovery §4), by openid-client.
 * Every fault of the other side ends in one of three refusals; nothing of what it sent is repeated
 * to anybody. No answer of a provider is waited for longer than five seconds or read further than
 * a mebibyte.
 */

import { createHash } from 'node:crypto';
import type { Configuration, ServerMetadata } from 'openid-client';
import { SallyportError } from '../core/errors.ts';
import type { VouchedIdentity } from '../core/identities.ts';
import type {
  AuthorizationRequest,
  Clock,
  IdentityProvider,
  ProbedProvider,
} from '../core/ports.ts';
import { isSafeAddress } from './provider-addresses.ts';
import { isUnavailable, summarize } from './provider-faults.ts';
import { fetchBounded, ProviderAnswerFault } from './provider-fetch.ts';

export interface OpenIdProviderSettings {
  readonly id: string;
  readonly name: string;
  /** As the provider spells it; plain http only on loopback (checked by the configuration). */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string | null;
}

const SCOPE = 'openid email profile';
const ANSWER_TIMEOUT_SECONDS = 5;
const RETRY_AFTER_SECONDS = 5;
/** Endpoints move rarely; a failure asks for them again at once. */
const METADATA_AGE_MS = 3_600_000;
/** OIDC Core §2. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

type Library = typeof import('openid-client');

export class OpenIdProvider implements IdentityProvider, ProbedProvider {
  readonly id: string;
  readonly name: string;
  readonly redirectUri: string | null;
  readonly issuer: string;
  readonly #settings: OpenIdProviderSettings;
  readonly #clock: Clock;
  #metadata: { found: Promise<ServerMetadata>; atMs: number } | null = null;

  constructor(settings: OpenIdProviderSettings, clock: Clock) {
    this.id = settings.id;
    this.name = settings.name;
    this.redirectUri = settings.redirectUri;
    this.issuer = settings.issuer;
    this.#settings = settings;
    this.#clock = clock;
  }

  authorizationUrl(request: AuthorizationRequest): Promise<string> {
    return this.#ask(async (library, client) => {
      const { redirectUri, state, nonce, codeVerifier } = request;
      const url = library.buildAuthorizationUrl(client, {
        scope: SCOPE,
        redirect_uri: redirectUri,
        state,
        nonce,
        code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      return url.href;
    });
  }

  finish(request: AuthorizationRequest, answer: URLSearchParams): Promise<VouchedIdentity> {
    return this.#ask(async (library, client) => {
      const url = new URL(request.redirectUri);
      url.search = answer.toString();
      const tokens = await library.authorizationCodeGrant(client, url, {
        expectedState: request.state,
        expectedNonce: request.nonce,
        pkceCodeVerifier: request.codeVerifier,
        idTokenExpected: true,
      });
      return this.#readIdentity(library, client, tokens);
    });
  }

  redeem(authorization: Parameters<IdentityProvider['redeem']>[0]): Promise<VouchedIdentity> {
    return this.#ask(async (library, client) => {
      const { code, redirectUri, codeVerifier, nonce } = authorization;
      const tokens = await library.genericGrantRequest(client, 'authorization_code', {
        code,
        redirect_uri: redirectUri,
        ...(codeVerifier !== null && { code_verifier: codeVerifier }),
      });
      const isForAnother = nonce !== null && tokens.claims()?.nonce !== nonce;
      if (isForAnother) throw this.#invalidProof('the ID token has another nonce');
      return this.#readIdentity(library, client, tokens);
    });
  }

  async probe(): Promise<{ keys: number }> {
    // What is known from before says nothing about now.
    this.#metadata = null;
    try {
      const metadata = await this.#discover(await import('openid-client'));
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_SECONDS * 1000);
      const answer = await fetchBounded(metadata.jwks_uri ?? '', { signal });
      const { keys } = (await answer.json()) as { keys?: unknown };
      if (!answer.ok) throw new ProviderAnswerFault(`answered with status ${answer.status}`);
      if (!Array.isArray(keys) || keys.length === 0) {
        throw new ProviderAnswerFault('has no keys at its jwks_uri');
      }
      return { keys: keys.length };
    } catch (error) {
      throw error instanceof SallyportError ? error : this.#unavailable(error);
    }
  }

  async #readIdentity(
    library: Library,
    client: Configuration,
    tokens: Awaited<ReturnType<Library['authorizationCodeGrant']>>,
  ): Promise<VouchedIdentity> {
    const claims = tokens.claims();
    if (claims === undefined) throw this.#invalidProof('there is no ID token');
    const { iss: issuer, sub: subject } = claims;
    if (!SUBJECT.test(subject)) throw this.#invalidProof('the subject is not 1–255 ASCII');
    const hasUserInfo = client.serverMetadata().userinfo_endpoint !== undefined;
    // Some providers keep the ID token thin and tell the rest there (OIDC Core §5.4).
    const about =
      claims.email === undefined && hasUserInfo
        ? await library.fetchUserInfo(client, tokens.access_token, subject)
        : claims;
    const email = typeof about.email === 'string' ? about.email : null;
    return { issuer, subject, email, isEmailVerified: about.email_verified === true };
  }

  async #ask<T>(question: (library: Library, client: Configuration) => Promise<T>): Promise<T> {
    try {
      // Loaded when somebody first signs in like this: most servers never do.
      const library = await import('openid-client');
      return await question(library, await this.#connect(library));
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /**
   * A client for one question. The provider's keys are fetched anew for each, so that a key which
   * it has taken back is not believed for a minute longer, and a new one is known at once.
   */
  async #connect(library: Library): Promise<Configuration> {
    const { clientId, clientSecret } = this.#settings;
    const metadata = await this.#discover(library);
    const methods = metadata.token_endpoint_auth_methods_supported ?? [];
    const authentication = methods.includes('client_secret_post')
      ? library.ClientSecretPost(clientSecret)
      : library.ClientSecretBasic(clientSecret);
    const client = new library.Configuration(metadata, clientId, {}, authentication);
    for (const extension of this.#extensions(library)) extension(client);
    // The token endpoint's TLS would do (OIDC Core §3.1.3.7), but not through a proxy that ends it.
    library.enableNonRepudiationChecks(client);
    client.timeout = ANSWER_TIMEOUT_SECONDS;
    client[library.customFetch] = fetchBounded;
    return client;
  }

  #discover(library: Library): Promise<ServerMetadata> {
    const nowMs = this.#clock.nowMs();
    const known = this.#metadata;
    if (known !== null && Math.abs(nowMs - known.atMs) < METADATA_AGE_MS) return known.found;
    const { issuer, clientId } = this.#settings;
    const found = library
      .discovery(new URL(issuer), clientId, undefined, undefined, {
        execute: this.#extensions(library),
        timeout: ANSWER_TIMEOUT_SECONDS,
        [library.customFetch]: fetchBounded,
      })
      .then((configuration) => requireEndpoints(configuration.serverMetadata()))
      .catch((error) => {
        throw this.#unavailable(error);
      });
    this.#metadata = { found, atMs: nowMs };
    return found;
  }

  #extensions(library: Library) {
    return this.#settings.issuer.startsWith('http:') ? [library.allowInsecureRequests] : [];
  }

  #explain(error: unknown): SallyportError {
    if (error instanceof SallyportError) return error;
    const providerName = this.name;
    const cause = summarize(error);
    if (cause.declined) return new SallyportError('provider_declined', { providerName }, cause);
    if (isUnavailable(error)) return this.#unavailable(error);
    return new SallyportError('provider_proof_invalid', { providerName }, cause);
  }

  #unavailable(error: unknown): SallyportError {
    this.#metadata = null;
    const details = { providerName: this.name, retryAfterSeconds: RETRY_AFTER_SECONDS };
    return new SallyportError('provider_unavailable', details, summarize(error));
  }

  #invalidProof(why: string): SallyportError {
    const details = { providerName: this.name };
    return new SallyportError('provider_proof_invalid', details, new Error(why));
  }
}

/**
 * The library asks only for what a call needs when it needs it; a person sent to an address that
 * is none, or over a line that anybody reads, could not come back.
 * @throws ProviderAnswerFault
 */
function requireEndpoints(metadata: ServerMetadata): ServerMetadata {
  const { authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint } = metadata;
  const needed = { authorization_endpoint, token_endpoint, jwks_uri };
  const all = { ...needed, ...(userinfo_endpoint !== undefined && { userinfo_endpoint }) };
  for (const [name, value] of Object.entries(all)) {
    if (!isSafeAddress(value)) throw new ProviderAnswerFault(`says no usable ${name}`);
  }
  return metadata;
}
