/**
 * What a command shows to a server. From the environment or a file that it names, or from a
 * person at a terminal; never an argument, and never printed.
 */

import { readFileSync } from 'node:fs';
import { toVisible } from '../../core/visible-text.ts';
import { type CommandContext, EXIT } from '../context.ts';
import { CommandFailure } from '../failures.ts';
import { askPassword } from '../password-input.ts';
import { readObject, readText } from './answers.ts';
import type { RemoteServer } from './remote-server.ts';

export const TOKEN_VARIABLE = 'SALLYPORT_TOKEN';
const FILE_VARIABLE = `${TOKEN_VARIABLE}_FILE`;

export interface Credential {
  readonly bearer: string;
  /** Completes "The server did not accept …". */
  readonly origin: string;
  readonly kind: 'access_token' | 'jwt';
  /** Ends what signing in has begun; absent when there is nothing to end. */
  readonly signOut?: () => Promise<void>;
}

/**
 * `username` is that of a user with role ADMIN to sign in as; without it a person is asked for
 * the password of the built-in admin.
 * @throws CommandFailure `credential_missing`, `credential_invalid`, `credentials_invalid`
 * @throws Interrupted
 */
export async function obtainCredential(
  context: CommandContext,
  server: RemoteServer,
  username: string | undefined,
): Promise<Credential> {
  if (username !== undefined) return signInAsUser(context, server, username);
  const given = readEnvironment(context.environment);
  if (given === null) return signInAsAdmin(context, server);
  const kind = given.bearer.startsWith('vdai_') ? 'access_token' : 'jwt';
  return { ...given, kind };
}

function readEnvironment(
  environment: CommandContext['environment'],
): { bearer: string; origin: string } | null {
  const direct = environment[TOKEN_VARIABLE];
  const file = environment[FILE_VARIABLE];
  if (direct !== undefined && file !== undefined) {
    throw invalid(`${TOKEN_VARIABLE} and ${FILE_VARIABLE} are both set; keep one of them.`);
  }
  if (direct === undefined && file === undefined) return null;
  const origin = direct === undefined ? `the file in ${FILE_VARIABLE}` : TOKEN_VARIABLE;
  const bearer = (direct ?? readTokenFile(file ?? '')).trim();
  if (bearer === '') throw invalid(`${origin} is empty; unset the variable to be asked.`);
  // Neither could be sent, and neither is a token.
  if (!/^[\x21-\x7e]{1,8192}$/.test(bearer)) {
    throw invalid(`What is in ${origin} is no token: it has to be one word of ASCII characters.`);
  }
  return { bearer, origin };
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw invalid(`${FILE_VARIABLE} names ${file}, which cannot be read (${reason}).`);
  }
}

async function signInAsAdmin(context: CommandContext, server: RemoteServer): Promise<Credential> {
  const password = await ask(context, `Password of the built-in admin at ${server.address}:`);
  const answer = await server.send({
    method: 'POST',
    path: '/auth/admin/login',
    body: { password },
    secret: password,
  });
  if (answer.status === 401) {
    throw wrongPassword(`the built-in admin at ${server.address}, or there is no such admin`);
  }
  if (answer.status !== 200) throw server.refusal(answer);
  const bearer = readText(readObject(answer), 'token');
  return { bearer, origin: 'the token it has just given out', kind: 'jwt' };
}

async function signInAsUser(
  context: CommandContext,
  server: RemoteServer,
  username: string,
): Promise<Credential> {
  const name = toVisible(username);
  const password = await ask(context, `Password of ${name} at ${server.address}:`);
  const answer = await server.send({
    method: 'POST',
    path: '/api/auth/login',
    body: { username, password },
    secret: password,
  });
  // 400 is for names and passwords that are too short to be anybody's.
  if (answer.status === 401 || answer.status === 400) {
    throw wrongPassword(`${name} at ${server.address}, or there is no such user`);
  }
  if (answer.status !== 200) throw server.refusal(answer);
  const bearer = readText(readObject(answer), 'token');
  const signOut = async () => {
    const ended = await server.send({
      method: 'POST',
      path: '/api/auth/logout',
      bearer,
      isLast: true,
    });
    if (ended.status !== 200) throw server.refusal(ended);
  };
  return { bearer, origin: 'the token it has just given out', kind: 'jwt', signOut };
}

async function ask(context: CommandContext, message: string): Promise<string> {
  if (context.stdin.isTTY) return askPassword(context, message);
  const line =
    `There is no credential: set ${TOKEN_VARIABLE} to an access token with the admin ` +
    `permission, or ${FILE_VARIABLE} to the file that holds it, or run this in a terminal to ` +
    'be asked for a password.';
  throw new CommandFailure('credential_missing', [line], EXIT.usage);
}

function wrongPassword(whose: string): CommandFailure {
  const line = `This is not the password of ${whose}; nothing was changed.`;
  return new CommandFailure('credentials_invalid', [line]);
}

function invalid(line: string): CommandFailure {
  return new CommandFailure('credential_invalid', [line], EXIT.usage);
}
