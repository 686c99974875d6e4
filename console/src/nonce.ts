/** The nonce of this page, for the style sheets that the components write at run time. */

import { setNonce } from 'get-nonce';

/** Browsers hide it from selectors and from the attribute, and show it to scripts of the page. */
export const NONCE = document.querySelector('script')?.nonce ?? '';

setNonce(NONCE);
