/**
 * Where a sign-in leads to. Only a path of this origin can be it (contract decision 15): what a
 * browser, a proxy or an application might read as another host leads to `/`.
 */

const MAX_LENGTH = 2048;
/** Any origin does: a target that changes it is not ours. */
const BASE = 'https://this-origin.invalid';
/** `%255C` is a backslash to who decodes twice; nobody decodes more often than this. */
const DECODINGS = 4;

/** The path with query and fragment, as the URL parser writes it, or `/`. */
export function safeReturnTo(target: unknown): string {
  if (typeof target !== 'string' || target.length > MAX_LENGTH) return '/';
  if (!isPlainPath(target) || !URL.canParse(target, BASE)) return '/';
  const { origin, pathname, search, hash } = new URL(target, BASE);
  // `/.//host` and `/x/..//host` begin with one slash and end up beginning with two.
  if (origin !== BASE || !isPlainPath(pathname) || !isPlainWhenDecoded(pathname)) return '/';
  return isSignInPath(pathname) ? '/' : `${pathname}${search}${hash}`;
}

/** Browsers read a backslash as a slash and drop tabs and line breaks. */
function isPlainPath(text: string): boolean {
  return text.startsWith('/') && !text.startsWith('//') && !/[\p{Cc}\\]/u.test(text);
}

function isPlainWhenDecoded(pathname: string): boolean {
  let path = pathname;
  for (let round = 0; round < DECODINGS && path.includes('%'); round += 1) {
    try {
      path = decodeURIComponent(path);
    } catch {
      return false;
    }
    // Who decodes may well resolve dots next.
    if (!isPlainPath(path) || !isPlainPath(new URL(path, BASE).pathname)) return false;
  }
  return true;
}

/** Whoever has signed in does not want to be asked again. */
function isSignInPath(pathname: string): boolean {
  return /^\/auth\/(login|logout|refresh|(google|oidc\/[^/]*)\/(login|callback))\/?$/i.test(
    pathname,
  );
}

/** The login page's address for who should come back to `path`. */
export function loginPathFor(path: string): string {
  return path === '/' ? '/auth/login' : `/auth/login?returnTo=${encodeURIComponent(path)}`;
}
