/** The start cannot go on, for reasons that the operator can mend. Each message is one line. */
export class StartFault extends Error {
  readonly messages: readonly string[];

  constructor(...messages: string[]) {
    super(messages.join('\n'));
    this.name = 'StartFault';
    this.messages = messages;
  }
}

/** A fault of a command, with a name for scripts. */
export class CodedFault extends StartFault {
  /** Stable lower_snake. */
  readonly code: string;

  /** `message` ends without a full stop. */
  constructor(code: string, message: string) {
    super(`${message}.`);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A host that has several addresses fails with one error for each, and no words of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
