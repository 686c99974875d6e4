/**
 * What a failed command says: one clear sentence for everything that can be foreseen, one line
 * and a hint for the rest, and the exit code. Never a password, never a stack unless asked for.
 */

import {
  type ErrorCode,
  type ErrorDetails,
  type ListingRule,
  SallyportError,
} from '../core/errors.ts';
import type { PasswordRule } from '../core/passwords.ts';
import type { UsernameRule } from '../core/usernames.ts';
import { toVisible, toVisibleJson } from '../core/visible-text.ts';
import { type CommandContext, EXIT, type ExitCode } from './context.ts';
import { OutputClosed } from './output.ts';

/** A command's own refusal. Codes are stable lower_snake; each line is a sentence. */
export class CommandFailure extends Error {
  readonly code: string;
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;

  constructor(code: string, lines: readonly string[], exitCode: ExitCode = EXIT.failed) {
    super(lines.join('\n'));
    this.name = 'CommandFailure';
    this.code = code;
    this.lines = lines;
    this.exitCode = exitCode;
  }
}

/** The operator pressed Ctrl-C, or closed the input, at a question. */
export class Interrupted extends CommandFailure {
  constructor() {
    super('interrupted', ['interrupted; nothing was changed'], EXIT.interrupted);
  }
}

/** What the sentences may name beside the details of the error. */
interface Place {
  readonly dataFolder: string;
}

/** Words that complete "The password …". */
export function passwordRuleText(rule: PasswordRule): string {
  switch (rule.name) {
    case 'blank':
      return 'must not be blank';
    case 'too_short':
      return `must be at least ${rule.minLength} characters long`;
    case 'needs_uppercase':
      return 'must contain an uppercase letter';
    case 'needs_lowercase':
      return 'must contain a lowercase letter';
    case 'needs_digit':
      return 'must contain a digit';
    case 'needs_special':
      return 'must contain a special character (neither letter, digit nor white space)';
    case 'control_character':
      return 'must not contain control characters';
    case 'too_long':
      return `must be at most ${rule.maxBytes} bytes long (a letter beyond ASCII takes 2 to 4)`;
  }
}

/** Words that complete "The username …". */
function usernameRuleText(rule: UsernameRule): string {
  switch (rule.name) {
    case 'length':
      return `must have ${rule.minLength} to ${rule.maxLength} characters`;
    case 'character':
      return 'must not contain control characters or invisible ones';
    case 'surrounding_space':
      return 'must not begin or end with a space';
  }
}

const LISTING_RULES: Record<ListingRule, string> = {
  prefix_by_name: 'A search by the beginning of the name is sorted by name.',
  prefix_by_username: 'A search by the beginning of the name is sorted by username.',
  other_listing: 'This place in a listing belongs to another one; begin with the first page.',
  out_of_bounds: 'A page has 1 to 200 entries.',
};

const retryLater = ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
  `try again in ${retryAfterSeconds} s`;

const SENTENCES = {
  admin_already_exists: (_, { dataFolder }) =>
    `There is already an admin in ${dataFolder}; ` +
    'set a new password with `npx sallyport admin reset-password`.',
  admin_not_found: (_, { dataFolder }) =>
    `There is no admin in ${dataFolder}; create it with \`npx sallyport admin create\`, ` +
    'or set DATA_DIR or DATABASE_URL to what is meant.',
  access_token_expired: () => 'The access token has expired; create a new one.',
  access_token_not_found: () => 'There is no access token with this id.',
  access_token_suspended: () =>
    'A restore has suspended this access token. Rotate it without an overlap, so that its old value ' +
    'stays dead, or accept all with `restore --accept-tokens` first.',
  auth_disabled: () => 'Auth enforcement is off, and this needs it on.',
  bearer_invalid: () => 'The credential was not accepted; sign in again.',
  credentials_invalid: () => 'The username or the password is wrong.',
  identity_refused: ({ providerName }) => `${providerName} vouches for nobody who may sign in.`,
  listing_rejected: ({ rule }) => LISTING_RULES[rule],
  password_checks_busy: (details) =>
    `Too many passwords are being checked at the moment; ${retryLater(details)}.`,
  password_confirmation_required: () => 'This needs a password that was entered just now.',
  password_rejected: ({ rule }) => `The password ${passwordRuleText(rule)}; nothing was changed.`,
  permission_denied: () => 'The credential is good, but does not permit this.',
  provider_busy: (details) => `Too many sign-ins are under way; ${retryLater(details)}.`,
  provider_declined: ({ providerName }) => `${providerName} says that nobody signed in.`,
  provider_not_configured: () => 'No sign-in provider of this name is set up.',
  provider_proof_invalid: ({ providerName }) => `The answer of ${providerName} proves nothing.`,
  provider_state_invalid: () => 'This sign-in was not begun here, or too long ago.',
  provider_unavailable: ({ providerName, ...details }) =>
    `${providerName} cannot be reached; ${retryLater(details)}.`,
  rate_limited: (details) => `There were too many failed attempts; ${retryLater(details)}.`,
  redirect_uri_rejected: () => 'GOOGLE_REDIRECT_URIS does not name this redirect URI.',
  refresh_token_invalid: () => 'The session has ended; sign in again.',
  storage_busy: (_, { dataFolder }) =>
    `The database in ${dataFolder} was held by other programs for too long; nothing was ` +
    'changed. Try again, and look for a backup or a tool that keeps it open.',
  storage_unavailable: (_, { dataFolder }) =>
    `The database in ${dataFolder} cannot be read or written; ` +
    'check that it is there, that its disk has space and that it may be written.',
  user_not_found: (_, { dataFolder }) =>
    `There is no user of this name in ${dataFolder}; \`npx sallyport users list\` shows all.`,
  username_rejected: ({ rule }) => `The username ${usernameRuleText(rule)}; nothing was changed.`,
  username_taken: (_, { dataFolder }) =>
    `This username is taken in ${dataFolder} (upper and lower case are the same); choose ` +
    'another, or set a new password there with `npx sallyport users set-password`.',
} satisfies { [C in ErrorCode]: (details: ErrorDetails[C], place: Place) => string };

/** The sentence for a refusal of the domain. */
function refusalSentence(refusal: SallyportError, place: Place): string {
  const sentence = SENTENCES[refusal.code] as (details: object, place: Place) => string;
  return sentence(refusal.details, place);
}

/**
 * Turns whatever a command threw into words and an exit code. Null when there is nothing to say:
 * the reader of the output has left.
 */
export function explainFailure(error: unknown, context: CommandContext): CommandFailure | null {
  if (error instanceof CommandFailure) return error;
  if (error instanceof OutputClosed) return null;
  if (error instanceof SallyportError) {
    const place = {
      // Not before a sentence names it: a command to a server has no data folder.
      get dataFolder() {
        return context.nameDataFolder();
      },
    };
    const { cause } = error;
    const reason = cause instanceof Error ? [`The reason: ${cause.message}.`] : [];
    return new CommandFailure(error.code, [refusalSentence(error, place), ...reason]);
  }
  if (isStartFault(error)) {
    return new CommandFailure(error.code ?? 'cannot_start', error.messages);
  }
  return explainUnexpected(error, context.isDebugging());
}

/** The wiring's fault is known here by its shape, because commands import only core. */
function isStartFault(error: unknown): error is {
  readonly messages: readonly string[];
  readonly code?: string;
} {
  return error instanceof Error && 'messages' in error && Array.isArray(error.messages);
}

function explainUnexpected(error: unknown, isDebugging: boolean): CommandFailure {
  const message = error instanceof Error ? error.message : String(error);
  const lines = [`unexpected error: ${message.replaceAll('\n', ' ')}`];
  if (isDebugging) lines.push(...String((error as Error)?.stack ?? error).split('\n'));
  else lines.push('This is a fault of Sallyport; LOG_LEVEL=debug shows where it happened.');
  return new CommandFailure('unexpected', lines);
}

/** Writes the failure to standard error. */
export function reportFailure(
  { stderr }: CommandContext,
  isJson: boolean,
  { code, lines }: CommandFailure,
): void {
  if (isJson) {
    stderr.write(`${toVisibleJson({ error: { code, message: lines.join('\n') } })}\n`);
    return;
  }
  for (const line of lines) stderr.write(`sallyport: ${toVisible(line)}\n`);
}
