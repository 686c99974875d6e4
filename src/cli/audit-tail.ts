/** `sallyport audit tail` */

import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { AuditFilter } from '../core/audit-filters.ts';
import { AUDIT_RULES } from '../core/audit-rules.ts';
import type { AuditTrail } from '../core/audit-trail.ts';
import type { SecurityEventName } from '../core/events.ts';
import type { AuditRecord } from '../core/repository.ts';
import { AUDIT_LISTING } from './audit-rows.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { JsonOption, OperatorCommand } from './operator-command.ts';
import { remark } from './output.ts';
import { startRows } from './tables.ts';

const ABOUT = `Show the newest events of the audit trail, newest last: who did what to whom,
when, and from where.

On a terminal this is a table that fits it. Elsewhere columns are separated by
tabs and nothing is cut. Times are UTC. Characters that a terminal would obey
or hide are shown as \\u{…}.`;

const DEFAULT_LINES = 20;
const MAX_LINES = 10_000;
/** One look-up by primary key each time. */
const POLL_INTERVAL_MS = 500;

interface TailOptions extends JsonOption {
  readonly follow?: boolean;
  readonly lines: number;
  readonly event?: SecurityEventName;
  readonly subject?: string;
}

export function addAuditTail(audit: OperatorCommand, context: CommandContext): void {
  audit
    .addNew('tail')
    .summary('show the newest events, and those that come in')
    .description(ABOUT)
    .option('-f, --follow', 'go on with what comes in, until Ctrl-C')
    .option('-n, --lines <number>', 'how many events to begin with', parseLines, DEFAULT_LINES)
    .option('--event <name>', 'only events of this name, such as user.created', parseEvent)
    .option('--subject <subject>', 'only what concerns this user id, or admin', parseSubject)
    .suggests('--event', Object.keys(AUDIT_RULES).sort())
    .answersInJson()
    .addHelpText(
      'after',
      `
With --json each event is one JSON object on a line of its own.
${SETTINGS}
${examples(
  'npx sallyport audit tail --follow',
  'npx sallyport audit tail --event session.refresh_reused --lines 100',
  'npx sallyport audit tail --subject admin --json',
)}
${EXIT_CODES}`,
    )
    .action((options: TailOptions) =>
      withOpened(context, ({ auditTrail }) => tail(context, auditTrail, options)),
    );
}

async function tail(
  context: CommandContext,
  trail: AuditTrail,
  { follow = false, json = false, lines, event, subject }: TailOptions,
): Promise<void> {
  const filter = {
    ...(event !== undefined && { name: event }),
    ...(subject !== undefined && { subject }),
  };
  const lastId = await trail.lastId();
  const newest = await trail.newest(filter, lines);
  if (newest.length === 0 && !follow && !json) {
    remark(context, `There are no such events in ${context.nameDataFolder()}.`);
  }
  const addRows = await startRows(context, json, AUDIT_LISTING, newest);
  if (!follow) return;
  const shownIds = new Set(newest.map(({ id }) => id));
  const addNew = (record: AuditRecord) =>
    shownIds.has(record.id) ? Promise.resolve() : addRows([record]);
  await followFrom(trail, filter, lastId, addNew, context.listenForEnd());
}

async function followFrom(
  trail: AuditTrail,
  filter: AuditFilter,
  afterId: number,
  addNew: (record: AuditRecord) => Promise<void>,
  end: AbortSignal,
): Promise<void> {
  let lastId = afterId;
  while (!end.aborted) {
    for await (const record of trail.after(filter, lastId)) {
      if (end.aborted) return;
      await addNew(record);
      lastId = record.id;
    }
    // Ends at once when the signal comes.
    await sleep(POLL_INTERVAL_MS, undefined, { signal: end }).catch(() => undefined);
  }
}

function parseLines(text: string): number {
  const lines = Number(text);
  if (/^\d{1,5}$/.test(text) && lines <= MAX_LINES) return lines;
  throw new InvalidArgumentError(`Say a whole number from 0 to ${MAX_LINES}.`);
}

function parseEvent(text: string): SecurityEventName {
  if (Object.hasOwn(AUDIT_RULES, text)) return text as SecurityEventName;
  throw new InvalidArgumentError(`Say one of ${Object.keys(AUDIT_RULES).sort().join(', ')}.`);
}

function parseSubject(text: string): string {
  if (/^(admin|[1-9]\d{0,15})$/.test(text)) return text;
  throw new InvalidArgumentError('Say the id of a user, as `users list` shows it, or admin.');
}
