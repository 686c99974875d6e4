/** Decision 11 a second time, as simply as it can be said: what a sign-in by a provider must do. */

export const ISSUERS = ['google', 'acme'] as const;
export type Issuer = (typeof ISSUERS)[number];

/** Of one run: what has been done, in words that the oracle and the server both take. */
export type IdentityCommand =
  | {
      readonly kind: 'sign_in';
      readonly issuer: Issuer;
      readonly subject: string;
      readonly email: string | null;
      readonly verified: unknown;
    }
  | { readonly kind: 'make_account'; readonly name: string }
  | { readonly kind: 'disable'; readonly name: string };

/** An account by its name, or the status of the refusal. */
export type IdentityOutcome = { readonly account: string } | { readonly refused: 403 };

interface Account {
  readonly name: string;
  readonly subjects: Map<Issuer, string>;
  isEnabled: boolean;
}

const REFUSED = { refused: 403 } as const;
const asciiLower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
/** Enough of NFKC and folding for the names that the test uses. */
const fold = (text: string) => text.normalize('NFKC').toUpperCase().toLowerCase();

export class IdentityOracle {
  readonly accounts: Account[] = [];

  makeAccount(name: string): boolean {
    if (this.#named(name) !== undefined) return false;
    this.accounts.push({ name, subjects: new Map(), isEnabled: true });
    return true;
  }

  /** @returns the name of the account as it was made, or null */
  disable(name: string): string | null {
    const account = this.#named(name);
    if (account === undefined) return null;
    account.isEnabled = false;
    return account.name;
  }

  signIn(command: IdentityCommand & { kind: 'sign_in' }): IdentityOutcome {
    const { issuer, subject, email, verified } = command;
    const known = this.accounts.find(({ subjects }) => subjects.get(issuer) === subject);
    if (known !== undefined) return known.isEnabled ? { account: known.name } : REFUSED;
    if (email === null || verified !== true) return REFUSED;
    const namesake = this.#named(email);
    if (namesake === undefined) {
      const subjects = new Map([[issuer, subject]]);
      this.accounts.push({ name: email, subjects, isEnabled: true });
      return { account: email };
    }
    const isSame = asciiLower(namesake.name) === asciiLower(email);
    if (!isSame || !namesake.isEnabled || namesake.subjects.has(issuer)) return REFUSED;
    namesake.subjects.set(issuer, subject);
    return { account: namesake.name };
  }

  #named(name: string): Account | undefined {
    return this.accounts.find((account) => fold(account.name) === fold(name));
  }
}
