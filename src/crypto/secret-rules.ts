/** What makes a signing secret too weak to start with (RFC 7518 §3.2, RFC 8725 §3.5). */

/** HS256 needs a key at least as long as its hash output. */
export const MIN_SECRET_BYTES = 32;

/** How to make a good one; part of every message about a bad one. */
export const SECRET_RECIPE = `node -p "require('crypto').randomBytes(48).toString('base64url')"`;

/** Secrets that stand in public documentation, compared without case, spaces and punctuation. */
const PUBLISHED_EXAMPLES = new Set(
  [
    'a-string-secret-at-least-256-bits-long',
    'your-256-bit-secret',
    'your-256-bit-secret-your-256-bit-secret',
    'your-super-secret-jwt-token-with-at-least-32-characters-long',
    'super-secret-jwt-token-with-at-least-32-characters-long',
    'your-secret-key-must-be-at-least-32-characters-long',
    'this-is-a-very-long-secret-key-for-jwt',
    'your-very-secure-secret-key-change-in-production',
    'change-this-to-a-secure-random-string-in-production',
    'your-secret-key-change-this-in-production',
    'please-change-this-secret-key-in-production',
    'changemechangemechangemechangeme',
    '0123456789abcdef0123456789abcdef',
    '12345678901234567890123456789012',
    '01234567890123456789012345678901',
    'abcdefghijklmnopqrstuvwxyz123456',
    'abcdefghijklmnopqrstuvwxyz012345',
    '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
  ].map(simplify),
);

/** Why this secret must not be used, or null. */
export function weaknessOf(secret: string): string | null {
  const bytes = Buffer.byteLength(secret, 'utf8');
  if (bytes < MIN_SECRET_BYTES) {
    return `is ${bytes} bytes long and must be at least ${MIN_SECRET_BYTES}`;
  }
  if (PUBLISHED_EXAMPLES.has(simplify(secret))) return 'is an example from public documentation';
  if (new Set(secret).size < 8) return 'repeats a few characters and can be guessed';
  return null;
}

function simplify(secret: string): string {
  return secret.toLowerCase().replace(/[^a-z0-9]/g, '');
}
