/**
 * The one policy of Trusted Types. The components write style sheets through `innerHTML`, which
 * the browser cannot tell from markup; a style sheet holds no `<`, and markup cannot do without.
 * Scripts and their addresses have no policy at all and are refused by the browser.
 */

interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };

trustedTypes?.createPolicy('default', {
  createHTML(text) {
    if (text.includes('<')) throw new TypeError('markup is not written as text here');
    return text;
  },
});
