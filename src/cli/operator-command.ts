/**
 * The command class of this program: commander's, and what our usage errors and the completion
 * of shells need to know.
 */

import { Command } from 'commander';

export class OperatorCommand extends Command {
  /** Whether it asks for a password; a stray word on its command line may then be one. */
  isPasswordAsked = false;
  /** What may be said for an option (by its long name) or for the one argument (by its name). */
  readonly suggestions = new Map<string, readonly string[]>();

  override createCommand(name?: string): OperatorCommand {
    return new OperatorCommand(name);
  }

  /** The same, typed: what `.command()` makes is made by {@link createCommand}. */
  addNew(nameAndArguments: string): OperatorCommand {
    return this.command(nameAndArguments) as OperatorCommand;
  }

  asksPassword(): this {
    this.isPasswordAsked = true;
    return this;
  }

  answersInJson(): this {
    return this.option('--json', 'answer in JSON, failures too (those on standard error)');
  }

  /** Where it works; `withTarget` reads these. Contract 1 knows no users, so not all have `--as`. */
  worksOnServers({ canSignInAsUser }: { canSignInAsUser: boolean }): this {
    this.option('--url <address>', 'work on the server there, not on the data folder');
    if (canSignInAsUser) {
      this.option('--as <name>', 'with --url: sign in as this user, who needs role ADMIN');
    }
    return this.option('--insecure-http', 'with --url: allow http:// to other machines');
  }

  suggests(name: string, values: readonly string[]): this {
    this.suggestions.set(name, values);
    return this;
  }
}

export interface JsonOption {
  readonly json?: boolean;
}
