/**
 * Who an OpenID Connect provider vouches for, and which account that person has (contract
 * decision 11). The policy is here; storage applies it in the transition that signs in.
 */

import type { UserOrigin } from './repository.ts';
import { brokenUsernameRule, type UsernameKey, usernameKey } from './usernames.ts';

/** What is left of an ID token when every check of the protocol has passed (OIDC Core §2). */
export interface VouchedIdentity {
  /** Together with the subject, who the person is. Nothing else identifies. */
  readonly issuer: string;
  /** At most 255 ASCII characters, never given to another person by this issuer. */
  readonly subject: string;
  readonly email: string | null;
  /** True only for the boolean `true`; some providers say "true" of what they never checked. */
  readonly isEmailVerified: boolean;
}

/** Why somebody whose identity is proven is not signed in. */
export type IdentityRefusal =
  | 'email_missing'
  | 'email_unverified'
  /** No account has the name, and it cannot be one: too long, or with invisible characters. */
  | 'name_unusable'
  /** The account of that name belongs to somebody else, or nobody vouches that it does not. */
  | 'account_not_linkable'
  | 'account_disabled';

/** The name under which an unknown identity may find or get an account. */
export type NameClaim =
  | {
      readonly kind: 'vouched';
      readonly username: string;
      readonly usernameKey: UsernameKey;
      /** Whether a new account may be named like this. */
      readonly isUsable: boolean;
    }
  | { readonly kind: 'none'; readonly refusal: 'email_missing' | 'email_unverified' };

export function nameClaimOf({ email, isEmailVerified }: VouchedIdentity): NameClaim {
  if (email === null || email === '') return { kind: 'none', refusal: 'email_missing' };
  if (!isEmailVerified) return { kind: 'none', refusal: 'email_unverified' };
  const isUsable = brokenUsernameRule(email) === null;
  return { kind: 'vouched', username: email, usernameKey: usernameKey(email), isUsable };
}

/** What decides whether an account may be linked to an identity that it does not have yet. */
export interface LinkCandidate {
  readonly username: string;
  readonly origin: UserOrigin;
  /** Whether it is linked to another subject of the same issuer. */
  readonly hasIdentityOfIssuer: boolean;
}

/**
 * Whether a verified email is proof enough that the account is the same person's. A second subject
 * with the same email is not: addresses are given to other people when somebody leaves.
 */
export function mayLink(candidate: LinkCandidate, email: string): boolean {
  const { username, origin, hasIdentityOfIssuer } = candidate;
  return VOUCHES_FOR_NAME[origin] && !hasIdentityOfIssuer && isSameEmail(username, email);
}

/** Whether somebody has made sure that the account is of the person whom its name means. */
const VOUCHES_FOR_NAME = {
  environment: true,
  operator: true,
  provider: true,
  imported: false,
} satisfies Record<UserOrigin, boolean>;

/**
 * Equal but for the case of ASCII letters. Looser rules, as for the uniqueness of names, would let
 * `ａda@example.com`, a mailbox of its own, into the account of `ada@example.com`.
 */
function isSameEmail(username: string, email: string): boolean {
  return foldAscii(username) === foldAscii(email);
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
