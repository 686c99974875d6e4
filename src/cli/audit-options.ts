/** Which events: the same options for every command about the audit trail. */

import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { ACTOR_KINDS, type AuditFilter } from '../core/audit-filters.ts';
import { AUDIT_RULES } from '../core/audit-rules.ts';
import type { Actor, SecurityEventName } from '../core/events.ts';
import type { OperatorCommand } from './operator-command.ts';

/** As the management API takes them. */
const MAX_ID_LENGTH = 256;

const EVENT_NAMES = Object.keys(AUDIT_RULES).sort();

export interface AuditFilterOptions {
  readonly event?: SecurityEventName;
  readonly subject?: string;
  readonly actorKind?: Actor['kind'];
  readonly actorId?: string;
  readonly session?: string;
  readonly accessToken?: number;
  readonly address?: string;
}

/** Adds the options; several must all hold. */
export function addAuditFilters(command: OperatorCommand): OperatorCommand {
  return command
    .option('--event <name>', 'only events of this name, such as user.created', parseEvent)
    .option('--subject <subject>', 'only what concerns this user id, or admin', parseSubject)
    .option('--actor-kind <kind>', `only what was done by: ${ACTOR_KINDS.join(', ')}`, parseKind)
    .option('--actor-id <id>', 'only what was done by who has this id', parseId)
    .option('--session <id>', 'only what concerns this session', parseId)
    .option('--access-token <id>', 'only what concerns this access token', parseTokenId)
    .option('--address <address>', 'only what came from this IP address', parseAddress)
    .suggests('--event', EVENT_NAMES)
    .suggests('--actor-kind', ACTOR_KINDS);
}

export function auditFilter(options: AuditFilterOptions): AuditFilter {
  const { event, subject, actorKind, actorId, session, accessToken, address } = options;
  return {
    ...(event !== undefined && { name: event }),
    ...(subject !== undefined && { subject }),
    ...(actorKind !== undefined && { actorKind }),
    ...(actorId !== undefined && { actorId }),
    ...(session !== undefined && { sessionId: session }),
    ...(accessToken !== undefined && { accessTokenId: accessToken }),
    ...(address !== undefined && { address }),
  };
}

function parseEvent(text: string): SecurityEventName {
  if (Object.hasOwn(AUDIT_RULES, text)) return text as SecurityEventName;
  throw new InvalidArgumentError(`Say one of ${EVENT_NAMES.join(', ')}.`);
}

function parseSubject(text: string): string {
  if (/^(admin|[1-9]\d{0,15})$/.test(text)) return text;
  throw new InvalidArgumentError('Say the id of a user, as `users list` shows it, or admin.');
}

function parseKind(text: string): Actor['kind'] {
  const kind = ACTOR_KINDS.find((candidate) => candidate === text);
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`Say one of ${ACTOR_KINDS.join(', ')}.`);
}

function parseId(text: string): string {
  const isText = text !== '' && text.length <= MAX_ID_LENGTH && text.isWellFormed();
  if (isText) return text;
  throw new InvalidArgumentError('Say it as the events have it.');
}

function parseTokenId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Say the id of an access token, as `tokens list` shows it.');
}

/** In the canonical form that events have: IPv4 also where it was mapped into IPv6. */
function parseAddress(text: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text) ?? [];
  if (mapped !== undefined && isIP(mapped) === 4) return mapped;
  if (isIP(text) === 4) return text;
  if (isIP(text) === 6 && !text.includes('%')) {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  }
  throw new InvalidArgumentError('Say an IP address, such as 198.51.100.7 or 2001:db8::1.');
}
