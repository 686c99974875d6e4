/** The address of a server, as `--url` gives it: what is accepted, and what would be unsafe. */

import { EXIT } from '../context.ts';
import { CommandFailure } from '../failures.ts';

/**
 * @returns the address without a slash at its end; a path is kept, for servers behind a proxy
 * @throws CommandFailure `url_invalid`, `url_insecure`
 */
export function parseServerAddress(text: string, isPlainHttpAllowed: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalid('--url must be an address such as https://auth.example.com.');
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      '--url must not hold a user or a password, because other users of this machine could ' +
        'read them there. Leave them out to be asked, or set SALLYPORT_TOKEN.',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalid('--url must end before "?" and "#"; say an address such as https://example.com.');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !isPlainHttpAllowed) {
    throw new CommandFailure(
      'url_insecure',
      [
        `Over http:// the credential would travel in the clear to ${url.host}, for anybody on ` +
          'the way to take. Use https://, or --insecure-http where the network itself is safe.',
      ],
      EXIT.usage,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** What never leaves this machine; a name other than localhost could resolve to anything. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function invalid(line: string): CommandFailure {
  return new CommandFailure('url_invalid', [line], EXIT.usage);
}
