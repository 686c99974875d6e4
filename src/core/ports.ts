/**
 * What the domain needs from outside and does not decide itself: time, randomness, hashing,
 * signing and somewhere to report events. Everything arrives through constructors, so every
 * expiry, limit and race can be tested without sleeping.
 */

import type { SecurityEvent } from './events.ts';
import type { VouchedIdentity } from './identities.ts';

/** Wall-clock time in milliseconds since the Unix epoch. May step backwards. */
export interface Clock {
  nowMs(): number;
}

export interface Random {
  /** An unguessable identifier of at least 128 bits, URL-safe. */
  identifier(): string;
}

/** A password hash in its portable form (`$2b$…`, `$argon2id$…`). Never a password. */
export type PasswordHash = string & { readonly brand: 'PasswordHash' };

/** A password hash as another system wrote it: one text, or a text with what it needs beside it. */
export interface ForeignHash {
  readonly password_hash: string;
  /** Absent where the text says it itself. */
  readonly hash_algorithm?: string;
  /** Base64. */
  readonly hash_salt?: string;
  /** Of PBKDF2. */
  readonly hash_iterations?: number;
  /** Of scrypt: N, a power of two. */
  readonly hash_n?: number;
  readonly hash_r?: number;
  readonly hash_p?: number;
  /** Those of a Firebase project, in its own words. */
  readonly hash_rounds?: number;
  readonly hash_mem_cost?: number;
  readonly hash_signer_key?: string;
  readonly hash_salt_separator?: string;
}

/** Why a foreign hash cannot be taken over, and which of its fields says so. */
export interface ForeignHashFault {
  readonly field: keyof ForeignHash;
  readonly rule:
    | { readonly name: 'missing' }
    /** No form that is known, or not wholly of it. */
    | { readonly name: 'malformed' }
    | { readonly name: 'unknown_form' }
    | { readonly name: 'unknown_algorithm'; readonly known: readonly string[] }
    /** A check would take too long or too much memory, or prove too little. */
    | { readonly name: 'out_of_bounds'; readonly what: string; readonly bounds: string };
}

/**
 * Hashes passwords off the event loop behind a bounded queue.
 * `caller` is the client's address key; one caller may hold at most a quarter of the queue.
 * @throws SallyportError `password_checks_busy` when the wait would exceed 5 seconds
 */
export interface PasswordHasher {
  /** Algorithm and cost of new hashes, such as `bcrypt:10`. Equal kinds cost equal time. */
  readonly currentKind: string;
  /**
   * Takes a place before anything is done for a check, so that a burst is refused before it has
   * cost a write: as many as the line is long, whoever asks. Held until the result is called.
   * @throws SallyportError `password_checks_busy` when there is none
   */
  admit(): () => void;
  /** What {@link admit} would refuse with now; null when there is a place. */
  whyFull(): { readonly retryAfterSeconds: number } | null;
  hash(password: string, caller: string): Promise<PasswordHash>;
  /** Whether `password` has this hash. Costs the same whether it does or not. */
  verify(password: string, hash: PasswordHash, caller: string): Promise<boolean>;
  kindOf(hash: PasswordHash): string;
  /** A hash of the given kind that no password has, to spend the time of a real check on. */
  decoyOf(kind: string): PasswordHash;
  /** Longest password in UTF-8 bytes that this kind reads to its end (bcrypt: 72). */
  maxPasswordBytes(kind: string): number;
  /**
   * The stored form of a hash from elsewhere, which {@link verify} can check. One that would eat
   * the memory or a core is a fault.
   */
  adopt(
    foreign: ForeignHash,
  ): { readonly hash: PasswordHash } | { readonly fault: ForeignHashFault };
}

/** Signs and checks compact JWS tokens under one key and one pinned algorithm (RFC 7515). */
export interface TokenSigner {
  sign(claims: object): string;
  /** The claims if the signature is ours and the text is spelled canonically; else null. */
  verify(token: string): Record<string, unknown> | null;
}

/** A raw access token as the client holds it. Never stored, never logged. */
export type RawAccessToken = string & { readonly brand: 'RawAccessToken' };
/** The keyed hash of an access token, which is what is stored. */
export type AccessTokenHash = string & { readonly brand: 'AccessTokenHash' };

/** Makes and reads `vdai_` tokens: a public id, a secret and a checksum. */
export interface AccessTokenCodec {
  /** A new token; with `publicId` a new secret under the same public id. */
  mint(publicId?: string): { raw: RawAccessToken; publicId: string; hash: AccessTokenHash };
  /** Null when the form or the checksum is wrong, so that such a token costs no storage read. */
  parse(text: string): { publicId: string; hash: AccessTokenHash } | null;
  /** Compares in constant time. */
  hashesMatch(presented: AccessTokenHash, stored: AccessTokenHash): boolean;
}

/** The value of a console cookie. Never stored, never logged. */
export type RawConsoleSecret = string & { readonly brand: 'RawConsoleSecret' };
/** Its keyed hash, which is what is stored. */
export type ConsoleSecretHash = string & { readonly brand: 'ConsoleSecretHash' };

/** Makes and reads the secrets of console sessions. */
export interface ConsoleSecretCodec {
  mint(): { raw: RawConsoleSecret; hash: ConsoleSecretHash };
  /** Null for what has another form than ours, so that it costs no storage read. */
  parse(text: string): ConsoleSecretHash | null;
}

/** Keyed one-way names for what logs and counters must not hold in the clear. */
export interface NameHasher {
  hashName(name: string): string;
}

/** Hides text from whoever carries it for us, and notices every change to it. */
export interface TextSealer {
  /** URL-safe; never twice the same. */
  seal(text: string): string;
  /** Null when we did not seal it, or it was changed. */
  open(sealed: string): string | null;
}

/** Where a browser is sent to, and what it is to bring back (RFC 6749 §4.1.1, RFC 7636 §4.3). */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/**
 * An OpenID Connect provider that people may sign in with. Its methods reject with SallyportError
 * `provider_unavailable` (down, slow, or not making sense), `provider_declined` (it says that there
 * was no sign-in) and `provider_proof_invalid` (its answer does not prove who the person is).
 */
export interface IdentityProvider {
  /** A word for paths and records: `google`, or that of an entry of OIDC_PROVIDERS. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** The redirect URI of our own flow; null for this server's origin with our path. */
  readonly redirectUri: string | null;
  authorizationUrl(request: AuthorizationRequest): Promise<string>;
  /** Checks the provider's answer to our own request, and redeems its code. */
  finish(request: AuthorizationRequest, answer: URLSearchParams): Promise<VouchedIdentity>;
  /** Redeems the code of an authorization that a client ran by itself; null is not checked. */
  redeem(authorization: {
    code: string;
    redirectUri: string;
    codeVerifier: string | null;
    nonce: string | null;
  }): Promise<VouchedIdentity>;
}

/** A provider of which can be found out whether it would answer a sign-in. */
export interface ProbedProvider {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  /**
   * Asks for what every sign-in needs, its metadata and its keys, anew.
   * @throws SallyportError `provider_unavailable`, with a cause that operators may read
   */
  probe(): Promise<{ readonly keys: number }>;
}

/** Where security events go. Must not block and must not throw. */
export interface SecurityEvents {
  record(event: SecurityEvent): void;
}
