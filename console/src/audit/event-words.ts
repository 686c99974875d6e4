/**
 * Every event of the audit trail in plain words. `{subject}`, `{token}` and `{actor}` stand for
 * whom it is about, which access token, and who did it.
 */

export interface EventWords {
  /** In a list to choose from. */
  readonly label: string;
  readonly sentence: string;
  /** What it means, and what to do about it where something is to be done. */
  readonly meaning: string;
  /** `alarm`: somebody was refused who may be up to something, or a door was opened. */
  readonly tone?: 'alarm';
}

export const EVENT_WORDS: Readonly<Record<string, EventWords>> = {
  'session.signed_in': {
    label: 'Signed in',
    sentence: '{subject} signed in',
    meaning: 'A new session began, in your application or in this console.',
  },
  'session.sign_in_failed': {
    label: 'Failed sign-in',
    sentence: 'Failed sign-in for {subject}',
    meaning:
      'Somebody gave a wrong password, a name that does not exist, or the name of a disabled account. ' +
      'Many of them from one address are somebody who guesses.',
    tone: 'alarm',
  },
  'session.refreshed': {
    label: 'Session refreshed',
    sentence: 'A session of {subject} was refreshed',
    meaning: 'A client got new tokens for a session that goes on.',
  },
  'session.refresh_retried': {
    label: 'Refresh repeated',
    sentence: 'A refresh of a session of {subject} was repeated',
    meaning:
      'A client asked for the same new tokens again within the seconds that are allowed, as it does ' +
      'when the first answer was lost.',
  },
  'session.refresh_reused': {
    label: 'Used refresh token came again',
    sentence: 'A used refresh token of {subject} came again, so the session was ended',
    meaning:
      'A refresh token works once. That an old one came again means that a copy of it is somewhere: ' +
      'in a client with a fault, or in the hands of a thief.',
    tone: 'alarm',
  },
  'session.refresh_failed': {
    label: 'Refresh refused',
    sentence: 'A refresh was refused',
    meaning: 'The refresh token was none of ours, had expired, or was of a session that has ended.',
  },
  'session.ended': {
    label: 'Session ended',
    sentence: 'Sessions of {subject} were ended',
    meaning: 'By signing out, by an operator, or by the person on another device.',
  },
  'sign_in.limited': {
    label: 'Sign-ins slowed down',
    sentence: 'Sign-ins were refused after too many failures',
    meaning:
      'A limit on failed sign-ins was reached. It is recorded once a minute for each limit, however ' +
      'many were refused.',
    tone: 'alarm',
  },
  'sign_in.busy': {
    label: 'Sign-ins too many at once',
    sentence: 'A sign-in was refused because too many came at once',
    meaning:
      'The server checks a bounded number of passwords at a time. Recorded once a minute for each ' +
      'address.',
  },
  'sign_in.provider_refused': {
    label: 'Sign-in with a provider refused',
    sentence: 'A sign-in with a provider was refused',
    meaning: 'The provider did not vouch for the person, or the account may not be linked to it.',
    tone: 'alarm',
  },
  'bearer.rejected': {
    label: 'Request without a good credential',
    sentence: 'A request without a good credential was refused',
    meaning:
      'The token was missing, unknown, expired or ended. Recorded once a minute for each address.',
  },
  'bearer.denied': {
    label: 'Request beyond the permissions',
    sentence: '{actor} asked for something that it may not do',
    meaning: 'The credential was good, but not for this. Recorded once a minute for each of them.',
    tone: 'alarm',
  },
  'operation.refused': {
    label: 'Change refused',
    sentence: '{actor} was refused a change',
    meaning: 'Who asked may not do it, or it would have taken the last admin away.',
    tone: 'alarm',
  },
  'local_call.refused': {
    label: 'Local call from elsewhere',
    sentence: 'A call that only the server’s own machine may make was refused',
    meaning:
      'Creating the admin and resetting its password over HTTP is for the machine of the server alone.',
    tone: 'alarm',
  },
  'user.created': {
    label: 'User added',
    sentence: '{subject} was added',
    meaning: 'A new account can sign in.',
  },
  'user.identity_linked': {
    label: 'Provider linked',
    sentence: '{subject} was linked to a provider',
    meaning: 'The person signed in with a provider, which vouched for the address of the account.',
  },
  'user.deleted': {
    label: 'User deleted',
    sentence: '{subject} was deleted',
    meaning: 'The account, its password and its sessions are gone.',
  },
  'user.disabled': {
    label: 'User disabled',
    sentence: '{subject} was disabled',
    meaning: 'The account cannot sign in until it is enabled again; its sessions were ended.',
  },
  'user.enabled': {
    label: 'User enabled',
    sentence: '{subject} was enabled',
    meaning: 'The account can sign in again.',
  },
  'user.role_changed': {
    label: 'Role changed',
    sentence: '{subject} got another role',
    meaning: 'From then on the account may do more or less than before.',
  },
  'user.password_changed': {
    label: 'Password changed',
    sentence: '{subject} changed the password',
    meaning: 'The person entered the old one first. Other sessions were ended.',
  },
  'user.password_change_failed': {
    label: 'Password change failed',
    sentence: '{subject} entered a wrong password to change it',
    meaning: 'Who is at a device that is signed in may not know the password.',
    tone: 'alarm',
  },
  'user.password_set': {
    label: 'Password set',
    sentence: '{subject} was given a new password',
    meaning: 'By an operator or by the settings of the server. All sessions were ended.',
  },
  'users.exported': {
    label: 'Users exported',
    sentence: 'All users were exported, with the hashes of their passwords',
    meaning: 'Who has the file can try passwords against the hashes for as long as they like.',
    tone: 'alarm',
  },
  'admin.created': {
    label: 'Built-in admin created',
    sentence: 'The built-in admin was created',
    meaning: 'This can happen once.',
  },
  'admin.signed_in': {
    label: 'Built-in admin signed in',
    sentence: 'The built-in admin signed in',
    meaning: 'To this console, or for a token of the admin API.',
  },
  'admin.sign_in_failed': {
    label: 'Failed sign-in of the built-in admin',
    sentence: 'Failed sign-in for the built-in admin',
    meaning:
      'Somebody gave a wrong password. Many of them from one address are somebody who guesses.',
    tone: 'alarm',
  },
  'admin.password_reset': {
    label: 'Built-in admin’s password reset',
    sentence: 'The built-in admin was given a new password',
    meaning: 'All of its tokens and console sessions were ended.',
    tone: 'alarm',
  },
  'console.confirmed': {
    label: 'Password entered again',
    sentence: '{subject} entered the password again',
    meaning: 'Some things in this console ask for the password once more.',
  },
  'console.confirmation_failed': {
    label: 'Wrong password entered again',
    sentence: '{subject} entered a wrong password when asked again',
    meaning: 'Who is at a console that is signed in may not know the password.',
    tone: 'alarm',
  },
  'console.ended': {
    label: 'Console session ended',
    sentence: 'A console session of {subject} was ended',
    meaning: 'By signing out, by an operator, or because there were too many.',
  },
  'access_token.created': {
    label: 'Access token made',
    sentence: '{token} was made',
    meaning: 'A program can get in with it.',
  },
  'access_token.changed': {
    label: 'Access token renamed',
    sentence: '{token} got another name or description',
    meaning: 'What it may do is as it was.',
  },
  'access_token.rotated': {
    label: 'Access token rotated',
    sentence: '{token} was rotated',
    meaning: 'It has a new value. With an overlap the old one works too for a while.',
  },
  'access_token.overlap_ended': {
    label: 'Overlap ended',
    sentence: 'The old value of {token} was ended',
    meaning: 'Only the new value works.',
  },
  'access_token.accepted': {
    label: 'Access token accepted',
    sentence: '{token} was accepted after a restore',
    meaning: 'It had been suspended because a backup was restored, and works again.',
  },
  'access_token.deleted': {
    label: 'Access token deleted',
    sentence: '{token} was deleted',
    meaning: 'None of its values works any more.',
  },
  'auth.disabled': {
    label: 'Auth enforcement switched off',
    sentence: 'Auth enforcement was switched off',
    meaning: 'What Sallyport guards for other services is open while it is off.',
    tone: 'alarm',
  },
  'auth.enabled': {
    label: 'Auth enforcement switched on',
    sentence: 'Auth enforcement was switched on',
    meaning: 'What Sallyport guards for other services needs a credential.',
  },
  'database.restored': {
    label: 'Database restored',
    sentence: 'The database was restored from a backup',
    meaning: 'All sessions were ended.',
    tone: 'alarm',
  },
  'params.renewed': {
    label: 'Keys renewed',
    sentence: 'The keys of the server were renewed',
    meaning: 'All sessions were ended, and everybody has to sign in again.',
  },
};

/** An event that this console does not know: of a later release, or of an earlier one. */
export function wordsOf(event: string): EventWords {
  const known = Object.hasOwn(EVENT_WORDS, event) ? EVENT_WORDS[event] : undefined;
  return known ?? { label: event, sentence: event, meaning: 'This console does not know it.' };
}

/** In the order in which they are looked for. */
export const EVENT_GROUPS: readonly {
  readonly group: string;
  readonly events: readonly string[];
}[] = [
  { group: 'Sign-ins', events: eventsOf('session.sign', 'sign_in.', 'admin.sign') },
  { group: 'Sessions', events: eventsOf('session.re', 'session.ended', 'console.') },
  { group: 'Refused requests', events: eventsOf('bearer.', 'operation.', 'local_call.') },
  { group: 'Users', events: eventsOf('user.', 'users.') },
  { group: 'Access tokens', events: eventsOf('access_token.') },
  {
    group: 'The server',
    events: eventsOf('admin.created', 'admin.password', 'auth.', 'database.', 'params.'),
  },
];

function eventsOf(...beginnings: string[]): string[] {
  const names = Object.keys(EVENT_WORDS);
  return beginnings.flatMap((beginning) => names.filter((name) => name.startsWith(beginning)));
}

const REASON_WORDS: Readonly<Record<string, string>> = {
  account: 'too many failures for this account from one address',
  account_disabled: 'the account is disabled',
  after_grace: 'long after it was used',
  at_sign_out: 'at signing out',
  console: 'to this console',
  console_not_allowed: 'not an admin, or disabled',
  ended_by_operator: 'by an operator',
  ended_by_user: 'by the person',
  last_admin: 'it is the last admin',
  missing: 'no credential was sent',
  not_live: 'the credential is unknown, expired or ended',
  others_ended_by_user: 'all others, by the person',
  permission_denied: 'no permission for it',
  session_not_live: 'the session has ended',
  signed_out: 'signed out',
  superseded: 'after a later one was used',
  to_admin: 'to admin',
  to_standard: 'to standard',
  too_many: 'there were too many',
  unknown_user: 'no user has this name',
  with_overlap: 'with an overlap',
  wrong_password: 'wrong password',
};

/** Why, as far as it was recorded. */
export function reasonWords(reason: string): string {
  return Object.hasOwn(REASON_WORDS, reason)
    ? (REASON_WORDS[reason] ?? reason)
    : reason.replaceAll('_', ' ');
}
