/** How access tokens are shown, and how a new value is given out. */

import { InvalidArgumentError } from 'commander';
import { toVisible } from '../core/visible-text.ts';
import type { CommandContext } from './context.ts';
import { CommandFailure } from './failures.ts';
import type { CreatedToken, ListedToken } from './operator-target.ts';
import { giveOut, OutputClosed } from './output.ts';
import type { Listing } from './tables.ts';
import { toMinute, toRfc3339 } from './times.ts';

/** What comes from a server has passed through nothing that knows our tokens. */
const TOKEN_FORM = /^vdai_[\x21-\x7e]{1,507}$/;

export function tokenListing(nowMs: number): Listing<ListedToken> {
  const isExpired = (token: ListedToken) => hasExpired(token, nowMs);
  return {
    columns: [
      { title: 'ID', text: ({ id }) => String(id) },
      { title: 'NAME', text: ({ name }) => name, isFlexible: true },
      { title: 'PERMISSIONS', text: ({ permission }) => permission },
      {
        title: 'STATE',
        text: (token) => (isExpired(token) ? 'expired' : isSuspended(token) ? 'suspended' : 'live'),
        mark: (token) => (isExpired(token) || isSuspended(token) ? 'alarm' : null),
      },
      {
        title: 'EXPIRES',
        text: ({ expiresAtMs }) => timeOr(expiresAtMs, 'never', toRfc3339),
        terminalText: ({ expiresAtMs }) => timeOr(expiresAtMs, 'never', toMinute),
      },
      {
        title: 'LAST USED',
        text: ({ lastUsedAtMs }) => lastUseText(lastUsedAtMs, toRfc3339),
        terminalText: ({ lastUsedAtMs }) => lastUseText(lastUsedAtMs, toMinute),
        canBeLeftOut: true,
      },
      {
        title: 'CREATED',
        text: ({ createdAtMs }) => toRfc3339(createdAtMs),
        terminalText: ({ createdAtMs }) => toMinute(createdAtMs),
        canBeLeftOut: true,
      },
    ],
    toJson: (token) => tokenJson(token, nowMs),
  };
}

/** The fields of contract 1, and what is known beside them. */
export function tokenJson(token: ListedToken, nowMs: number): object {
  const { id, name, description, permission, createdAtMs, expiresAtMs, lastUsedAtMs } = token;
  return {
    id,
    name,
    description,
    permission,
    created_at: toRfc3339(createdAtMs),
    expired_at: expiresAtMs === null ? null : toRfc3339(expiresAtMs),
    will_expire: expiresAtMs !== null,
    expired: hasExpired(token, nowMs),
    ...(isSuspended(token) && { suspended: true }),
    ...(lastUsedAtMs !== undefined && {
      last_used_at: lastUsedAtMs === null ? null : toRfc3339(lastUsedAtMs),
    }),
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

function hasExpired({ expiresAtMs }: ListedToken, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** A restore has put it on hold; rotating it or `restore --accept-tokens` ends that. */
function isSuspended({ suspendedAtMs = null }: ListedToken): boolean {
  return suspendedAtMs !== null;
}

function lastUseText(ms: number | null | undefined, write: (ms: number) => string): string {
  return ms === undefined ? '-' : timeOr(ms, 'never', write);
}

function timeOr(ms: number | null, otherwise: string, write: (ms: number) => string): string {
  return ms === null ? otherwise : write(ms);
}
