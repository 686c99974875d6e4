/**
 * Sign-ins that a browser has begun at a provider and not finished: the content of the cookie
 * `oauth_state` (contract 2). It is sealed, so the browser that carries it can neither read nor
 * change it, and no server keeps anything for people who never come back.
 */

import type { Clock, Random, TextSealer } from './ports.ts';

export const PENDING_SIGN_IN_SECONDS = 300;
/** Tabs that may be at a provider at once; the oldest gives way. */
const MAX_PENDING = 5;
/** Browsers drop a cookie over 4096 bytes, its name and attributes included. */
const MAX_SEALED_LENGTH = 3_500;

/** What binds the answer of a provider to the request and the browser that caused it. */
export interface PendingSignIn {
  readonly providerId: string;
  /** Returns in the redirect (RFC 6749 §10.12). */
  readonly state: string;
  /** Returns in the ID token (OIDC Core §3.1.2.1). */
  readonly nonce: string;
  /** Of 48 characters, over the 43 that RFC 7636 §4.1 asks for. */
  readonly codeVerifier: string;
  readonly redirectUri: string;
  readonly returnTo: string;
  readonly expiresAtMs: number;
}

export class PendingSignIns {
  readonly #sealer: TextSealer;
  readonly #random: Random;
  readonly #clock: Clock;

  constructor(deps: { sealer: TextSealer; random: Random; clock: Clock }) {
    this.#sealer = deps.sealer;
    this.#random = deps.random;
    this.#clock = deps.clock;
  }

  /** A new one, and the cookie that holds it beside those that were there. */
  begin(
    cookie: string | null,
    about: Pick<PendingSignIn, 'providerId' | 'redirectUri' | 'returnTo'>,
  ): { pending: PendingSignIn; cookie: string } {
    const identifier = () => this.#random.identifier() + this.#random.identifier();
    const pending = {
      ...about,
      state: identifier(),
      nonce: identifier(),
      codeVerifier: identifier(),
      expiresAtMs: this.#clock.nowMs() + PENDING_SIGN_IN_SECONDS * 1000,
    };
    return { pending, cookie: this.#seal([pending, ...this.#open(cookie)]) };
  }

  /**
   * The one that this state belongs to, and the cookie without it. Null when this browser has not
   * begun it, has finished it, or began it more than five minutes ago.
   */
  take(
    cookie: string | null,
    { providerId, state }: { providerId: string; state: string },
  ): { pending: PendingSignIn; rest: string | null } | null {
    const all = this.#open(cookie);
    const pending = all.find((one) => one.providerId === providerId && one.state === state);
    if (pending === undefined) return null;
    const others = all.filter((one) => one !== pending);
    return { pending, rest: others.length === 0 ? null : this.#seal(others) };
  }

  #seal(all: readonly PendingSignIn[]): string {
    const kept = all.slice(0, MAX_PENDING);
    for (;;) {
      const sealed = this.#sealer.seal(JSON.stringify(kept));
      if (sealed.length <= MAX_SEALED_LENGTH || kept.length === 1) return sealed;
      kept.pop();
    }
  }

  #open(cookie: string | null): PendingSignIn[] {
    const text = cookie === null ? null : this.#sealer.open(cookie);
    if (text === null) return [];
    const nowMs = this.#clock.nowMs();
    // Nobody else can have written it; a clock that went back must not make it live longer.
    return (JSON.parse(text) as PendingSignIn[]).filter(
      ({ expiresAtMs }) =>
        nowMs < expiresAtMs && expiresAtMs <= nowMs + PENDING_SIGN_IN_SECONDS * 1000,
    );
  }
}
