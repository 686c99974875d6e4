/**
 * Ways to lie with a JWT, each made from a good token and the secret that it was signed with:
 * what was reported against other servers and libraries (RFC 8725 and the CVE lists). Every MAC
 * that can be right is right, so that only the rule in question stands in the way.
 */

import { claimsOf, forge, PLAIN_HEADER } from './forged-tokens.ts';

export interface Genuine {
  readonly token: string;
  readonly secret: string;
  /** The server's secret for the other kind of JWT. */
  readonly otherSecret: string;
  /** Nobody may call here. */
  readonly canaryUrl: string;
}

export type Forgery = [name: string, make: (genuine: Genuine) => string];

function header(more: object): Forgery[1] {
  return ({ secret, token }) =>
    forge(secret, claimsOf(token), { header: { alg: 'HS256', typ: 'JWT', ...more } });
}

function keyed(key: string, more: object = {}): Forgery[1] {
  return ({ token }) =>
    forge(key, claimsOf(token), { header: { alg: 'HS256', typ: 'JWT', ...more } });
}

function claims(more: object): Forgery[1] {
  return ({ secret, token }) => forge(secret, { ...claimsOf(token), ...more });
}

function without(name: string): Forgery[1] {
  return ({ secret, token }) => forge(secret, { ...claimsOf(token), [name]: undefined });
}

/** The payload as text, so that JSON which no serialiser writes can be made. */
function payload(change: (text: string) => string | Buffer): Forgery[1] {
  return ({ secret, token }) => forge(secret, change(JSON.stringify(claimsOf(token))));
}

function spelled(change: (token: string) => string): Forgery[1] {
  return ({ token }) => change(token);
}

function unsigned(alg: string): Forgery[] {
  const encoded = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
  const start = (token: string) => `${encoded}.${token.split('.')[1]}`;
  const signature = (token: string) => token.split('.')[2];
  return [
    [`alg ${alg} with an empty signature`, spelled((token) => `${start(token)}.`)],
    [`alg ${alg} in two parts`, spelled(start)],
    [
      `alg ${alg} with the old signature`,
      spelled((token) => `${start(token)}.${signature(token)}`),
    ],
    [`alg ${alg} with a right MAC`, header({ alg })],
  ];
}

/** The same signature bytes in another spelling: the last character has two idle bits. */
function respellSignature(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) ?? '');
  return token.slice(0, -1) + alphabet[last ^ 1];
}

const ALGORITHMS: Forgery[] = [
  ...['none', 'None', 'NONE', 'nOnE', ''].flatMap(unsigned),
  ...['RS256', 'ES256', 'EdDSA', 'hs256', 'HS256 '].map(
    (alg): Forgery => [`alg ${alg} with a right MAC`, header({ alg })],
  ),
  ...(['384', '512'] as const).map(
    (bits): Forgery => [
      `HS${bits} with our secret`,
      ({ secret, token }) =>
        forge(secret, claimsOf(token), {
          header: { alg: `HS${bits}`, typ: 'JWT' },
          hash: `sha${bits}`,
        }),
    ],
  ),
];

const HEADERS: Forgery[] = [
  ['an unknown crit', header({ crit: ['x'], x: 1 })],
  ['crit b64', header({ crit: ['b64'], b64: false })],
  ['an empty crit', header({ crit: [] })],
  ['b64 without crit', header({ b64: false })],
  ...['__proto__', 'constructor', 'toString', '', 'x'.repeat(1000)].map(
    (kid): Forgery => [`kid ${kid.slice(0, 20)}`, header({ kid })],
  ),
  ['kid as a path, keyed with nothing', keyed('', { kid: '../../dev/null' })],
  ['kid as SQL, keyed with its result', keyed('1', { kid: "x' UNION SELECT '1';--" })],
  ['kid as a command', header({ kid: '|sleep 10' })],
  ['its own key in jwk', keyed('own', { jwk: { kty: 'oct', k: 'b3du' } })],
  [
    'a key at jku',
    ({ token, canaryUrl }) => keyed('own', { jku: canaryUrl })({ token } as Genuine),
  ],
  [
    'a key at x5u',
    ({ token, canaryUrl }) => keyed('own', { x5u: canaryUrl })({ token } as Genuine),
  ],
  ['zip', header({ zip: 'DEF' })],
  ['another typ', header({ typ: 'at+jwt' })],
  [
    'a header with spaces',
    ({ secret, token }) =>
      forge(secret, claimsOf(token), { header: '{"alg": "HS256", "typ": "JWT"}' }),
  ],
  [
    'alg twice',
    ({ secret, token }) =>
      forge(secret, claimsOf(token), { header: '{"alg":"none","alg":"HS256","typ":"JWT"}' }),
  ],
  [
    'a header that is an array',
    ({ secret, token }) => forge(secret, claimsOf(token), { header: '["HS256"]' }),
  ],
];

const KEYS: Forgery[] = [
  ['an empty key', keyed('')],
  ['a space as the key', keyed(' ')],
  ['undefined as the key', keyed('undefined')],
  ['a published key', keyed('your-256-bit-secret')],
  ['the secret of the other kind', ({ token, otherSecret }) => forge(otherSecret, claimsOf(token))],
  ['the secret and a newline', ({ token, secret }) => forge(`${secret}\n`, claimsOf(token))],
  [
    'the secret as bytes',
    ({ token, secret }) => forge(Buffer.from(secret, 'base64url'), claimsOf(token)),
  ],
  ['the header as the key', keyed(PLAIN_HEADER)],
];

const CLAIMS: Forgery[] = [
  ['no exp', without('exp')],
  ...['4102444800', null, true, [4102444800], {}, 4102444800.5, 0, -1, 1e300].map(
    (exp): Forgery => [`exp ${JSON.stringify(exp)}`, claims({ exp })],
  ),
  [
    'exp as a number too large for one',
    payload((text) => text.replace(/"exp":\d+/, '"exp":1e999')),
  ],
  ['an expired exp after a good one', payload((text) => text.replace(/}$/, ',"exp":1}'))],
  ['no iss', without('iss')],
  ...['Vega', 'vega ai', 'Vega AI ', '', null, ['Vega AI'], { iss: 'Vega AI' }].map(
    (iss): Forgery => [`iss ${JSON.stringify(iss)}`, claims({ iss })],
  ),
  ['no token_type', without('token_type')],
  ...['id', 'ACCESS', '', null, ['access', 'refresh', 'admin'], true].map(
    (token_type): Forgery => [`token_type ${JSON.stringify(token_type)}`, claims({ token_type })],
  ),
  ['no gen', without('gen')],
  ['gen as text', payload((text) => text.replace(/"gen":(\d+)/, '"gen":"$1"'))],
  ['nothing but its prototype', payload((text) => `{"__proto__":${text}}`)],
  ['an array of claims', payload((text) => `[${text}]`)],
  ['claims as text', payload((text) => JSON.stringify(text))],
  ...['null', '5', 'true', '{}', '', '{', 'x'].map(
    (text): Forgery => [`${text || 'nothing'} as claims`, payload(() => text)],
  ),
  ['a byte order mark', payload((text) => `\ufeff${text}`)],
  ['claims in UTF-16', payload((text) => Buffer.from(text, 'utf16le'))],
];

const SPELLINGS: Forgery[] = [
  ['trailing =', spelled((token) => `${token}=`)],
  ['trailing ==', spelled((token) => `${token}==`)],
  ['a trailing dot', spelled((token) => `${token}.`)],
  ['a trailing newline', spelled((token) => `${token}\n`)],
  ['a leading space', spelled((token) => ` ${token}`)],
  ['another spelling of the signature', spelled(respellSignature)],
  [
    'a signature in hexadecimal',
    spelled((token) => {
      const [head, body, mac = ''] = token.split('.');
      return `${head}.${body}.${Buffer.from(mac, 'base64url').toString('hex')}`;
    }),
  ],
  ['an empty signature', spelled((token) => token.replace(/[^.]+$/, ''))],
  ['no signature', spelled((token) => token.replace(/\.[^.]+$/, ''))],
  ['a signature of zeros', spelled((token) => token.replace(/[^.]+$/, 'A'.repeat(43)))],
  ['a signature cut short', spelled((token) => token.slice(0, -1))],
  ['a letter more', spelled((token) => `${token}A`)],
  ['= in the payload', spelled((token) => token.replace(/\.([^.]+)\./, '.$1=.'))],
  ['five parts', spelled((token) => `${token}.${token.split('.').slice(0, 2).join('.')}`)],
  ['the token twice', spelled((token) => `${token}.${token}`)],
  ['many dots', spelled(() => '.'.repeat(8000))],
  ['many dots after the header', spelled((token) => token.split('.')[0] + '.'.repeat(8000))],
  [
    'a JSON serialisation',
    spelled((token) => {
      const [head, body, signature] = token.split('.');
      return JSON.stringify({ protected: head, payload: body, signature });
    }),
  ],
  ['a payload of 12 KiB with a right MAC', claims({ more: 'x'.repeat(9000) })],
];

export const FORGERIES: readonly Forgery[] = [
  ...ALGORITHMS,
  ...HEADERS,
  ...KEYS,
  ...CLAIMS,
  ...SPELLINGS,
];
