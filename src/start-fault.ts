/** The start cannot go on, for reasons that the operator can mend. Each message is one line. */
export class StartFault extends Error {
  readonly messages: readonly string[];

  constructor(...messages: string[]) {
    super(messages.join('\n'));
    this.name = 'StartFault';
    this.messages = messages;
  }
}
