/** How access tokens are shown, and how a new value is given out. */

import { InvalidArgumentError } from 'commander';
import { EXPIRING_WITHIN_MS } from '../core/access-token-listings.ts';
import {
  MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH,
  MAX_ACCESS_TOKEN_NAME_LENGTH,
} from '../core/access-tokens.ts';
import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure } from './failures.ts';
import type { CreatedToken, ListedToken } from './operator-target.ts';
import { giveOut, OutputClosed } from './output.ts';
import type { Column, Listing } from './tables.ts';
import { toMinute, toRfc3339 } from './times.ts';

/** What comes from a server has passed through nothing that knows our tokens. */
const TOKEN_FORM = /^vdai_[\x21-\x7e]{1,507}$/;

export function tokenListing(nowMs: number): Listing<ListedToken> {
  return {
    columns: [
      { title: 'ID', text: ({ id }) => String(id) },
      { title: 'NAME', text: ({ name }) => name, isFlexible: true },
      { title: 'PERMISSIONS', text: ({ permission }) => permission },
      {
        title: 'STATE',
        text: (token) => stateText(token, nowMs),
        mark: (token) => {
          if (token.state !== 'live') return 'alarm';
          return isExpiringSoon(token, nowMs) ? 'caution' : null;
        },
      },
      timeColumn('EXPIRES', ({ expiresAtMs }) => expiresAtMs),
      { ...timeColumn('LAST USED', ({ lastUsedAtMs }) => lastUsedAtMs), canBeLeftOut: true },
      {
        title: 'OLD UNTIL',
        text: ({ previous }) => (previous === null ? '-' : toRfc3339(previous.expiresAtMs)),
        terminalText: ({ previous }) => (previous === null ? '-' : toMinute(previous.expiresAtMs)),
        canBeLeftOut: true,
      },
      {
        title: 'OLD USED',
        text: ({ previous }) => (previous === null ? '-' : timeText(previous.lastUsedAtMs)),
        terminalText: ({ previous }) =>
          previous === null ? '-' : timeText(previous.lastUsedAtMs, toMinute),
        canBeLeftOut: true,
      },
      { ...timeColumn('CREATED', ({ createdAtMs }) => createdAtMs), canBeLeftOut: true },
    ],
    toJson: (token) => tokenJson(token, nowMs),
  };
}

function timeColumn(
  title: string,
  timeOf: (token: ListedToken) => number | null,
): Column<ListedToken> {
  return {
    title,
    text: (token) => timeText(timeOf(token)),
    terminalText: (token) => timeText(timeOf(token), toMinute),
  };
}

/** The fields of contract 1, and what is known beside them. */
export function tokenJson(token: ListedToken, nowMs: number): object {
  const { id, name, description, permission, createdAtMs, expiresAtMs, previous } = token;
  const timeOrNull = (ms: number | null) => (ms === null ? null : toRfc3339(ms));
  return {
    id,
    name,
    description,
    permission,
    created_at: toRfc3339(createdAtMs),
    expired_at: timeOrNull(expiresAtMs),
    will_expire: expiresAtMs !== null,
    expired: token.state === 'expired',
    expiring: isExpiringSoon(token, nowMs),
    ...(token.isSuspended && { suspended: true }),
    last_used_at: timeOrNull(token.lastUsedAtMs),
    rotated_at: timeOrNull(token.rotatedAtMs),
    previous: previous && {
      expires_at: toRfc3339(previous.expiresAtMs),
      last_used_at: timeOrNull(previous.lastUsedAtMs),
    },
  };
}

/**
 * The value of a token that has just been made: it cannot be had again.
 * @throws CommandFailure `token_not_written` when nobody can have read it
 */
export async function giveOutToken(
  context: CommandContext,
  isJson: boolean,
  token: CreatedToken,
  whatHappened: string,
): Promise<void> {
  const { id, raw } = token;
  if (!TOKEN_FORM.test(raw)) {
    const line = `Access token ${id} was made, but its value is none of Sallyport's; delete it.`;
    throw new CommandFailure('answer_invalid', [line]);
  }
  try {
    await giveOut(context, isJson, {
      json: { ...tokenJson(token, context.nowMs()), token: raw },
      secret: raw,
      about:
        `${whatHappened} Its value is on standard output, this once: ` +
        'it is not stored and cannot be shown again.',
    });
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
    throw new CommandFailure('token_not_written', [
      `The value of access token ${id} could not be written (${error.message}) and is lost. ` +
        `Make room and get a new one: npx sallyport tokens rotate ${id}`,
    ]);
  }
}

/** `3 "nightly-import"`, as sentences name a token. */
export function tokenLabel({ id, name }: ListedToken): string {
  return `${id} "${toVisible(name)}"`;
}

export function parseTokenId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Say the id of an access token, as `tokens list` shows it.');
}

export function parseTokenName(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Say what the token is for.');
  return requireText(text, MAX_ACCESS_TOKEN_NAME_LENGTH);
}

export function parseTokenDescription(text: string): string {
  return requireText(text, MAX_ACCESS_TOKEN_DESCRIPTION_LENGTH);
}

/** The bounds of the calls, so that both ways of making a token make the same ones. */
function requireText(text: string, maxLength: number): string {
  if ([...text].length > maxLength) {
    throw new InvalidArgumentError(`Say it in ${maxLength} characters or less.`);
  }
  // What is not UTF-8 on the command line comes as this.
  if (text.includes('\u{fffd}')) throw new InvalidArgumentError('Say it in UTF-8.');
  return text;
}

/** `expiring` for a live one that will have expired within a week. */
export function stateText(token: ListedToken, nowMs: number): string {
  return isExpiringSoon(token, nowMs) ? 'expiring' : token.state;
}

export function isExpiringSoon({ state, expiresAtMs }: ListedToken, nowMs: number): boolean {
  return state === 'live' && expiresAtMs !== null && expiresAtMs <= nowMs + EXPIRING_WITHIN_MS;
}

/** `never` for null. */
export function timeText(ms: number | null, write: (ms: number) => string = toRfc3339): string {
  return ms === null ? 'never' : write(ms);
}
