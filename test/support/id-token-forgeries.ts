/**
 * Ways to lie with an ID token. Every signature that can be right is right, so that only the rule
 * in question stands in the way (OpenID Connect Core, section 3.1.3.7; RFC 8725).
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { claimsOf, forge, headerText } from './forged-tokens.ts';
import type { OpenIdProvider } from './openid-provider.ts';

export type IdTokenForgery = [name: string, make: (genuine: string, of: OpenIdProvider) => unknown];

const STRANGER = generateKeyPairSync('rsa', { modulusLength: 2048 });
const NOW = () => Math.floor(Date.now() / 1000);

function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(headerText(token));
}

/** Signed with the key of the provider, unless another one is given. */
function resign(
  provider: OpenIdProvider,
  header: object,
  claims: object | string,
  key = createPrivateKey({ key: provider.signingKey, format: 'jwk' }),
): string {
  const parts = [
    JSON.stringify(header),
    typeof claims === 'string' ? claims : JSON.stringify(claims),
  ];
  const signed = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

/** Right in everything but these claims; `undefined` leaves one out. */
const claims =
  (
    more: (genuine: Record<string, unknown>, provider: OpenIdProvider) => object,
  ): IdTokenForgery[1] =>
  (genuine, provider) => {
    const truth = claimsOf(genuine);
    return resign(provider, headerOf(genuine), { ...truth, ...more(truth, provider) });
  };

const header =
  (more: object): IdTokenForgery[1] =>
  (genuine, provider) =>
    resign(provider, { ...headerOf(genuine), ...more }, claimsOf(genuine));

const unsigned = (alg: string, signature = ''): IdTokenForgery => [
  `alg ${alg} ${signature === '' ? 'without a signature' : 'with one'}`,
  (genuine) => {
    const head = Buffer.from(JSON.stringify({ ...headerOf(genuine), alg })).toString('base64url');
    return `${head}.${genuine.split('.')[1]}.${signature}`;
  },
];

/** A MAC whose key anybody, or anybody at this client, has. */
const maced =
  (keyOf: (provider: OpenIdProvider) => string): IdTokenForgery[1] =>
  (genuine, provider) =>
    forge(keyOf(provider), claimsOf(genuine), { header: { ...headerOf(genuine), alg: 'HS256' } });

const publicPem = ({ signingKey }: OpenIdProvider): string =>
  createPublicKey(createPrivateKey({ key: signingKey, format: 'jwk' }))
    .export({ type: 'spki', format: 'pem' })
    .toString();

const SIGNATURES: IdTokenForgery[] = [
  ...['none', 'None', 'NONE'].map((alg) => unsigned(alg)),
  unsigned('none', 'AAAA'),
  ['HS256 under the client secret', maced(({ clientSecret }) => clientSecret)],
  ['HS256 under the public key', maced(publicPem)],
  ['HS256 under the modulus', maced(({ signingKey }) => String(signingKey.n))],
  ['HS256 under nothing', maced(() => '')],
  [
    'the key of a stranger under the known key id',
    (genuine, provider) =>
      resign(provider, headerOf(genuine), claimsOf(genuine), STRANGER.privateKey),
  ],
  [
    'an unknown key id',
    (genuine, provider) =>
      resign(
        provider,
        { ...headerOf(genuine), kid: 'unknown' },
        claimsOf(genuine),
        STRANGER.privateKey,
      ),
  ],
  [
    'a key of its own in jwk',
    (genuine, provider) => {
      const jwk = STRANGER.publicKey.export({ format: 'jwk' });
      const head = { ...headerOf(genuine), kid: undefined, jwk };
      return resign(provider, head, claimsOf(genuine), STRANGER.privateKey);
    },
  ],
  ['an unknown crit', header({ crit: ['x'], x: 1 })],
  ['a signature cut short', (genuine) => genuine.slice(0, -4)],
  ['no signature', (genuine) => genuine.replace(/\.[^.]+$/, '')],
  ['an empty signature', (genuine) => genuine.replace(/[^.]+$/, '')],
  [
    'other claims under the old signature',
    (genuine) => {
      const [head, , signature] = genuine.split('.');
      const altered = JSON.stringify({ ...claimsOf(genuine), email: 'victim@example.com' });
      return `${head}.${Buffer.from(altered).toString('base64url')}.${signature}`;
    },
  ],
];

const CLAIMS: IdTokenForgery[] = [
  ['another nonce', claims(() => ({ nonce: 'x'.repeat(43) }))],
  ['no nonce', claims(() => ({ nonce: undefined }))],
  ['the nonce in a list', claims(({ nonce }) => ({ nonce: [nonce] }))],
  ['an empty nonce', claims(() => ({ nonce: '' }))],
  ['another issuer', claims(() => ({ iss: 'https://accounts.google.com' }))],
  ['the issuer and a slash', claims(({ iss }) => ({ iss: `${iss}/` }))],
  ['the issuer and more', claims(({ iss }) => ({ iss: `${iss}.evil.example` }))],
  ['no issuer', claims(() => ({ iss: undefined }))],
  ['another audience', claims(() => ({ aud: 'another-client' }))],
  ['the audience and more', claims(({ aud }) => ({ aud: `${aud}x` }))],
  ['no audience', claims(() => ({ aud: undefined }))],
  ['an empty list of audiences', claims(() => ({ aud: [] }))],
  [
    'another authorized party',
    claims(({ aud }) => ({ aud: [aud, 'another-client'], azp: 'another-client' })),
  ],
  ['an exp long past', claims(() => ({ exp: NOW() - 3600, iat: NOW() - 7200 }))],
  ['an exp in text', claims(({ exp }) => ({ exp: String(exp) }))],
  ['no exp', claims(() => ({ exp: undefined }))],
  ['no iat', claims(() => ({ iat: undefined }))],
  ['an nbf far ahead', claims(() => ({ nbf: NOW() + 3600 }))],
  ['no subject', claims(() => ({ sub: undefined }))],
  ['an empty subject', claims(() => ({ sub: '' }))],
  ['a number as subject', claims(() => ({ sub: 5 }))],
  ['an object as subject', claims(() => ({ sub: { x: 1 } }))],
  ['a subject of 300 characters', claims(() => ({ sub: 'x'.repeat(300) }))],
  ['claims that are a list', (genuine, of) => resign(of, headerOf(genuine), '[]')],
  ['claims that are null', (genuine, of) => resign(of, headerOf(genuine), 'null')],
];

const SHAPES: IdTokenForgery[] = [
  ['text that is no token', () => 'x'],
  ['five parts', (genuine) => `${genuine}.x.x`],
  ['many dots', () => '.'.repeat(10_000)],
];

export const ID_TOKEN_FORGERIES: readonly IdTokenForgery[] = [...SIGNATURES, ...CLAIMS, ...SHAPES];
