/** A fault that the person at the prompt can mend: shown as one line, without a stack. */
export class StartFailure extends Error {
  /** @override */
  name = 'StartFailure';
}
