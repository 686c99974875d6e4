/** The command class of this program: commander's, and what our usage errors need to know. */

import { Command } from 'commander';

export class OperatorCommand extends Command {
  /** Whether it asks for a password; a stray word on its command line may then be one. */
  isPasswordAsked = false;

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
}

export interface JsonOption {
  readonly json?: boolean;
}
