/** The command line of the fill. */

import { parseArgs } from 'node:util';
import type { FillPlan } from './filling.ts';

export const USAGE = `Usage: DATA_DIR=… npm run fill -- [options]
       DATABASE_URL=… PARAMS_KEY=… npm run fill -- [options]

Fills an empty installation with users, sessions and access tokens, to try a server at its size.
All users share one password, and so one hash: a million hashes would take half a day.

  --users N          users (1000000)
  --sessions N       users who are signed in (all of them)
  --tokens N         access tokens (as many as users)
  --credentials FILE writes the password, and raw values of access tokens, into a new file
  --keep N           how many of the access tokens are written there (1000)
  --help             this text
`;

const DEFAULT_USERS = 1_000_000;
const DEFAULT_KEPT = 1_000;
/** What has been tried; the ids themselves go much further. */
const MOST = 100_000_000;

export type FillOptions =
  | { readonly action: 'help' }
  | {
      readonly action: 'fill';
      readonly plan: FillPlan;
      /** For what cannot be had again. */
      readonly credentialsFile: string | null;
    };

export class FillOptionFault extends Error {}

/** @throws FillOptionFault with a line for the person at the prompt */
export function readFillOptions(commandArguments: readonly string[]): FillOptions {
  const values = parse(commandArguments);
  if (values.help === true) return { action: 'help' };
  const users = whole('users', values.users, { from: 1, to: MOST, otherwise: DEFAULT_USERS });
  const upToUsers = { from: 0, to: users, otherwise: users };
  const accessTokens = whole('tokens', values.tokens, { from: 0, to: MOST, otherwise: users });
  const otherwise = Math.min(DEFAULT_KEPT, accessTokens);
  const plan = {
    users,
    accessTokens,
    usersWithSessions: whole('sessions', values.sessions, upToUsers),
    keptAccessTokens: whole('keep', values.keep, { from: 0, to: accessTokens, otherwise }),
  };
  return { action: 'fill', plan, credentialsFile: values.credentials ?? null };
}

function parse(commandArguments: readonly string[]) {
  try {
    return parseArgs({
      args: [...commandArguments],
      options: {
        users: { type: 'string' },
        sessions: { type: 'string' },
        tokens: { type: 'string' },
        credentials: { type: 'string' },
        keep: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new FillOptionFault((error as Error).message);
  }
}

function whole(
  name: string,
  text: string | undefined,
  { from, to, otherwise }: { from: number; to: number; otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= from && number <= to) return number;
  throw new FillOptionFault(`--${name} takes a whole number from ${from} to ${to}, not ${text}`);
}
