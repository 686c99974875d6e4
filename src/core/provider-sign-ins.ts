/**
 * Sign-in at an OpenID Connect provider (contract decision 11): what a browser is sent away with,
 * what it must bring back, and what becomes of who has proven to be somebody. The protocol itself
 * is behind the port `IdentityProvider`; which account it is, is decided inside storage.
 */

import { SallyportError } from './errors.ts';
import type { RequestOrigin } from './events.ts';
import { nameClaimOf, type VouchedIdentity } from './identities.ts';
import type { PendingSignIn, PendingSignIns } from './pending-sign-ins.ts';
import type { IdentityProvider, Random } from './ports.ts';
import type { Repository, SessionLifetimes } from './repository.ts';
import type { SessionTokenIssuer, TokenPair } from './session-tokens.ts';

/** The only provider that contract 2 knows by name. */
export const GOOGLE = 'google';

/**
 * Answers that may be under way to providers at once, and of these from one address: each holds
 * memory and a socket for as long as the provider likes to be slow.
 */
const MAX_EXCHANGES = 64;
const MAX_EXCHANGES_OF_ONE = 16;

interface ProviderSignInsDeps {
  repository: Repository;
  providers: readonly IdentityProvider[];
  /** Redirect URIs for which a client may hand in a code of Google's. */
  redirectUris: readonly string[];
  pending: PendingSignIns;
  tokens: SessionTokenIssuer;
  random: Random;
  lifetimes: SessionLifetimes;
}

export class ProviderSignIns {
  readonly #deps: ProviderSignInsDeps;
  readonly #underWay = new Map<string, number>();
  #allUnderWay = 0;

  constructor(deps: ProviderSignInsDeps) {
    this.#deps = deps;
  }

  /** In the order in which people should be offered them. */
  get providers(): readonly IdentityProvider[] {
    return this.#deps.providers;
  }

  /**
   * Where to send a browser, and the cookie that it is to bring back.
   * @throws SallyportError `provider_not_configured`, `provider_unavailable`
   */
  async begin(input: {
    providerId: string;
    /** The callback's address as the browser sees it, for providers that have no fixed one. */
    ownRedirectUri: string;
    returnTo: string;
    cookie: string | null;
  }): Promise<{ url: string; cookie: string }> {
    const { providerId, ownRedirectUri, returnTo } = input;
    const provider = this.#requireProvider(providerId);
    const redirectUri = provider.redirectUri ?? ownRedirectUri;
    const about = { providerId, redirectUri, returnTo };
    const { pending, cookie } = this.#deps.pending.begin(input.cookie, about);
    return { url: await provider.authorizationUrl(pending), cookie };
  }

  /**
   * What this browser has begun and now returns from, and its cookie without it: it can be
   * finished once.
   * @throws SallyportError `provider_not_configured`, `provider_state_invalid`
   */
  async recognise(
    input: { providerId: string; cookie: string | null; state: string | null },
    origin: RequestOrigin,
  ): Promise<{ pending: PendingSignIn; rest: string | null }> {
    const { providerId, cookie, state } = input;
    const provider = this.#requireProvider(providerId);
    const taken =
      state === null ? null : this.#deps.pending.take(cookie, { providerId: provider.id, state });
    if (taken !== null) return taken;
    throw await this.#refuse(
      provider,
      new SallyportError('provider_state_invalid', {}),
      'state_invalid',
      origin,
    );
  }

  /**
   * @throws SallyportError `provider_declined`, `provider_proof_invalid`, `provider_unavailable`,
   *   `provider_busy`, `identity_refused`
   */
  async finish(
    pending: PendingSignIn,
    answer: URLSearchParams,
    origin: RequestOrigin,
  ): Promise<TokenPair> {
    const provider = this.#requireProvider(pending.providerId);
    return this.#signIn(provider, () => provider.finish(pending, answer), origin);
  }

  /**
   * Google's code from a client that ran the authorization by itself.
   * @throws SallyportError `provider_not_configured`, `redirect_uri_rejected`, and those of finish
   */
  async signInWithGoogleCode(
    authorization: Parameters<IdentityProvider['redeem']>[0],
    origin: RequestOrigin,
  ): Promise<TokenPair> {
    const provider = this.#requireProvider(GOOGLE);
    if (!this.#deps.redirectUris.includes(authorization.redirectUri)) {
      throw new SallyportError('redirect_uri_rejected', {});
    }
    return this.#signIn(provider, () => provider.redeem(authorization), origin);
  }

  #requireProvider(providerId: string): IdentityProvider {
    const provider = this.#deps.providers.find(({ id }) => id === providerId);
    if (provider === undefined) throw new SallyportError('provider_not_configured', {});
    return provider;
  }

  async #signIn(
    provider: IdentityProvider,
    ask: () => Promise<VouchedIdentity>,
    origin: RequestOrigin,
  ): Promise<TokenPair> {
    const identity = await this.#ask(provider, ask, origin);
    const { repository, random, lifetimes, tokens } = this.#deps;
    const { issuer, subject, email } = identity;
    const signedIn = await repository.signInByIdentity({
      providerId: provider.id,
      issuer,
      subject,
      claim: nameClaimOf(identity),
      sessionId: random.identifier(),
      lifetimes,
      origin,
    });
    if (signedIn.outcome === 'signed_in') return tokens.issuePair(signedIn.tokens);
    const { refusal, userId } = signedIn;
    const details = { refusal, providerName: provider.name, email };
    const error = new SallyportError('identity_refused', details);
    throw await this.#refuse(provider, error, refusal, origin, userId);
  }

  async #ask(
    provider: IdentityProvider,
    ask: () => Promise<VouchedIdentity>,
    origin: RequestOrigin,
  ): Promise<VouchedIdentity> {
    const leave = this.#enter(origin.addressKey);
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      throw await this.#refuse(provider, error, error.code.replace('provider_', ''), origin);
    } finally {
      leave();
    }
  }

  /** @returns what to call when the exchange is over */
  #enter(addressKey: string): () => void {
    const ofThisOne = this.#underWay.get(addressKey) ?? 0;
    if (this.#allUnderWay >= MAX_EXCHANGES || ofThisOne >= MAX_EXCHANGES_OF_ONE) {
      throw new SallyportError('provider_busy', { retryAfterSeconds: 1 });
    }
    this.#allUnderWay += 1;
    this.#underWay.set(addressKey, ofThisOne + 1);
    return () => {
      this.#allUnderWay -= 1;
      const rest = (this.#underWay.get(addressKey) ?? 1) - 1;
      if (rest === 0) this.#underWay.delete(addressKey);
      else this.#underWay.set(addressKey, rest);
    };
  }

  async #refuse(
    provider: IdentityProvider,
    error: SallyportError,
    why: string,
    origin: RequestOrigin,
    userId: number | null = null,
  ): Promise<SallyportError> {
    await this.#deps.repository.recordRefusal({
      name: 'sign_in.provider_refused',
      origin,
      reason: `${provider.id}/${why}`,
      ...(userId !== null && { subject: userId }),
    });
    return error;
  }
}
